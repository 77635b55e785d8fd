title="FastMCP 4.1.2, signed tokens"
packages=fastmcp
# The key exists for this run only. FastMCP gets the public half; the private half ends with the script.
before() { "$home/bin/python" "$source/sign.py"; }
serve() { python "$here/fastmcp/server.py"; }
