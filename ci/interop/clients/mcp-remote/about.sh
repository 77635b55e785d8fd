title="mcp-remote 0.15.1"
packages=clients/mcp-remote
prepare() { beside "$source/agent.mjs" "$clients/contract.mjs"; }
command=(node "$home/clients/agent.mjs")
