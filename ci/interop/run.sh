#!/usr/bin/env bash
# Runs the packs against MCP servers that nobody here wrote, on loopback, and holds the verdicts against
# expected/NAME.txt. Every line there was confirmed by hand; docs/interop.md and docs/interop-oauth.md have the requests
# and answers.
#
#   ci/interop/run.sh [NAME…]         default: all of them
#   ci/interop/run.sh --table         all of them, and the table of docs/interop.md is written from what they did
#   ci/interop/run.sh --serve NAME    only start the server and print what a shell needs to talk to it
#   ci/interop/run.sh --install NAME  only install what it needs, and print where
#   ci/interop/run.sh --list          the names
#
# HALLMARK: the binary (default: built here).  TARGETS_HOME: cache of what is installed (default: .targets).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
targets=${TARGETS_HOME:-$root/.targets}
out=${OUT:-$root/hallmark-out/interop}
page=$root/docs/interop.md
# shellcheck source=ci/interop/serve.sh
source "$here/serve.sh"
# shellcheck source=ci/interop/judge.sh
source "$here/judge.sh"
trap stop_server EXIT

names() { for file in "$here"/*/about.sh; do basename "$(dirname "$file")"; done; }

# judge NAME ARG…: one run, held against expected/NAME.txt.
judge() {
  local judged=$1
  shift
  # Joined by hand: after `||` the shell's own `set -e` does nothing.
  record "$judged" run "$@" && no_credential_in "$out/$judged" && compare "$judged"
}

# Nothing that a run writes may hold a credential.
no_credential_in() {
  local key
  for key in "${credentials[@]}"; do
    # The harness' own files; a server's log is the server's business.
    if grep -rqF --exclude=server.log -- "${!key}" "$1"; then
      echo "$1 holds $key" >&2
      return 1
    fi
  done
}

run_one() {
  local failed=0 variant
  trap stop_server EXIT
  about "$1"
  install
  start
  for variant in "${variants[@]}"; do
    case $variant in
      target) judge "$name" --target "$root/scenarios/targets/$name.yaml" || failed=1 ;;
      url) judge "$name-url" --url "$MCP_URL" --bearer-env READER_TOKEN || failed=1 ;;
      open) judge "$name-open" --url "$MCP_URL" || failed=1 ;;
    esac
  done
  stop_server
  return "$failed"
}

serve_one() {
  about "$1"
  install
  start
  for key in PORT MCP_URL READER_NAME WRITER_NAME OUTSIDER_NAME RED_NOTE RED_CANARY BLUE_NOTE BLUE_CANARY "${settings[@]}" "${credentials[@]}"; do
    printf 'export %s=%q\n' "$key" "${!key}"
  done
  echo "# Ctrl-C ends the server" >&2
  wait "$server_pid"
}

case ${1:-} in
  --serve)
    serve_one "${2:?a name: $(names | tr '\n' ' ')}"
    exit
    ;;
  --install)
    about "${2:?a name: $(names | tr '\n' ' ')}"
    install
    echo "$home"
    exit
    ;;
  --list)
    names
    exit
    ;;
esac

for name in "$@"; do
  [[ $name == --table || -f $here/$name/about.sh ]] || { echo "no server called $name here: $(names | tr '\n' ' ')" >&2; exit 2; }
done
find_hallmark
judge_each interop run_one "$here/table.py" "$page" "$@"
