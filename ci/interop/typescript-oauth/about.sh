title="MCP TypeScript SDK 1.32.2, mcpAuthRouter with its demo provider"
packages=typescript-sdk
variants=(target)
# Nobody has a token beforehand: clients register themselves, and the provider asks nobody for consent.
before() { :; }
serve() { node_beside "$source/server.mjs" "$here/typescript-sdk/sessions.mjs"; }
