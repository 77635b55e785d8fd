title="oidc-provider 9.13.3, issuer for FastMCP 4.1.2"
packages=oidc-provider
variants=(target)
# ROTATE: what `rotateRefreshToken` is set to (always, never, or default: the library's own rule).
export ROTATE=${rotate:-always}

before() {
  # The resource server beside it, from the packages of FastMCP.
  (packages=fastmcp home=$targets/fastmcp install)
  local issuer_port who
  issuer_port=$(free_port)
  printf 'ISSUER_PORT=%s\nISSUER=http://127.0.0.1:%s\nJWKS_URI=http://127.0.0.1:%s/jwks\n' "$issuer_port" "$issuer_port" "$issuer_port"
  draw_clients
}
# The credentials of clients and people, for this run only.
draw_clients() {
  local who
  for who in APP POSTER SERVICE INSPECTOR; do printf '%s_SECRET=%s\n' "$who" "$(random_hex 24)"; done
  for who in ALICE BOB; do printf '%s_PASSWORD_SECRET=%s\n' "$who" "$(random_hex 12)"; done
  node "$here/oidc-provider/key.mjs"
}
serve() {
  cp "$here/oidc-provider/server.mjs" "$home/$name.mjs"
  node "$home/$name.mjs" &
  local issuer_pid=$!
  # shellcheck disable=SC2064
  trap "kill $issuer_pid 2>/dev/null" EXIT TERM INT
  FASTMCP_CHECK_FOR_UPDATES=off FASTMCP_HOME=$targets/fastmcp-home "$targets/fastmcp/bin/python" "$here/fastmcp/server.py" &
  local resource_pid=$!
  # shellcheck disable=SC2064
  trap "kill $issuer_pid $resource_pid 2>/dev/null" EXIT TERM INT
  wait "$resource_pid"
}
