title="MCP Python SDK 2.3.0, token verifier"
serve() { python "$source/server.py"; }
