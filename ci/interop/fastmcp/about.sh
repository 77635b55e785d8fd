title="FastMCP 4.1.2, static tokens"
serve() { python "$source/server.py"; }
