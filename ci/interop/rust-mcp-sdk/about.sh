title="rust-mcp-sdk 2.0.0, RemoteAuthProvider"
packages=rust
serve() { exec "$home/debug/rust-mcp-sdk"; }
