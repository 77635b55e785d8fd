title="MCP TypeScript SDK 1.32.2, an archive with sessions, REST and a rate limit"
packages=typescript-sdk
variants=(target)
callers=(reader writer outsider press chief mixed visitor revoked leaver adjustable scopeless expired trial twin neighbour)
before() {
  local who
  for who in "${callers[@]}"; do printf '%s_TOKEN=%s-%s\n' "${who^^}" "$who" "$(random_hex 20)"; done
  # Links are waited for, so they end soon.
  printf 'ADMIN_PORT=%s\nHOOKS_PORT=%s\nLINK_SECONDS=2\n' "$(free_port)" "$(free_port)"
  printf 'WEBHOOK_SECRET=whsec_%s\n' "$(head -c 24 /dev/urandom | base64)"
}
serve() { NODE_ENV=production node_beside "$source/server.mjs" "$source/documents.mjs" "$source/tools.mjs" "$source/webhooks.mjs"; }
# A key that worked once.
after() { curl --silent --fail --noproxy "*" -X POST "http://127.0.0.1:$ADMIN_PORT/accounts/revoked/close"; }
