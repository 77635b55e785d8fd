title="MCP Python SDK 2.3.0, authorization server in the process"
packages=python-sdk
variants=(target)
# Nobody has a token beforehand: clients register themselves, and nobody is asked for consent.
before() { :; }
serve() { python "$source/server.py"; }
