title="MCP Python SDK 2.3.0"
packages=python-sdk
command=("$targets/python-sdk/bin/python" -B "$source/agent.py")
