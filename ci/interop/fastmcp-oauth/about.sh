title="FastMCP 4.1.2, InMemoryOAuthProvider"
packages=fastmcp
variants=(target)
# Nobody has a token beforehand: clients register themselves, and the provider asks nobody for consent.
before() { :; }
serve() { python "$source/server.py"; }
