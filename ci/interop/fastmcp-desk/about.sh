title="FastMCP 4.1.2, a help desk with keys of its own"
packages=fastmcp
variants=(target)
callers=(reader writer outsider full support mixed minter admin second adjustable leaver visitor scopeless expired)
before() {
  local who
  for who in "${callers[@]}"; do printf '%s_TOKEN=%s-%s\n' "${who^^}" "$who" "$(random_hex 20)"; done
}
serve() { python "$source/server.py"; }
# A key that was made and revoked again.
after() { "$home/bin/python" "$source/revoked.py" "$MCP_URL"; }
