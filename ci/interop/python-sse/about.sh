title="MCP Python SDK 2.3.0 over HTTP+SSE, token verifier"
packages=python-sdk
path=/sse
serve() { TRANSPORT=sse python "$here/python-sdk/server.py"; }
