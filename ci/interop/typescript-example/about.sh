title="MCP TypeScript SDK 1.32.2, its own OAuth example"
packages=typescript-sdk
serve() {
  cd "$home" || return
  MCP_PORT=$PORT MCP_AUTH_PORT=$AUTH_PORT exec node --require "$here/loopback.cjs" \
    node_modules/@modelcontextprotocol/sdk/dist/esm/examples/server/simpleStreamableHttp.js --oauth
}
# Its metadata names localhost, so that is how it is called.
before() { printf 'AUTH_PORT=%s\nMCP_URL=http://localhost:%s/mcp\n' "$(free_port)" "$PORT"; }
# Tokens come from the demo authorization server beside it.
after() { node "$source/login.mjs" "$MCP_URL"; }
