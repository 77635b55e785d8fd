title="rmcp 3.11.0, the token check of its example"
packages=rust
serve() { exec "$home/debug/rmcp"; }
