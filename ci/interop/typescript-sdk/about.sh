title="MCP TypeScript SDK 1.32.2, requireBearerAuth"
serve() { node_beside "$source/server.mjs" "$here/typescript-sdk/sessions.mjs"; }
