title="server-everything 2026.8.31, no authentication"
variants=(target open)
before() { :; }
# Its tool get-env prints the environment: it gets none.
serve() {
  cd "$home" || return
  exec env -i PATH="$PATH" PORT="$PORT" node --require "$here/loopback.cjs" \
    node_modules/@modelcontextprotocol/server-everything/dist/index.js streamableHttp
}
