title="MCP TypeScript SDK 1.32.2"
packages=typescript-sdk
prepare() { beside "$source/agent.mjs" "$clients/contract.mjs"; }
command=(node "$home/clients/agent.mjs")
