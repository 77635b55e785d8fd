# shellcheck source=ci/interop/oidc-provider/about.sh
source "$here/oidc-provider/about.sh"
title="oidc-provider 9.13.3 alone, opaque tokens"
export TOKENS=opaque
# Without an MCP endpoint, the resource that tokens are for is the server itself.
path=/
before() {
  printf 'ISSUER_PORT=%s\nISSUER=http://127.0.0.1:%s\n' "$PORT" "$PORT"
  draw_clients
}
serve() { node_beside "$here/oidc-provider/server.mjs"; }
