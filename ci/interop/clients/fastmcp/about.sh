title="FastMCP 4.1.2"
packages=fastmcp
command=(env FASTMCP_CHECK_FOR_UPDATES=off "$targets/fastmcp/bin/python" -B "$source/agent.py")
