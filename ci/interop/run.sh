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
trap stop_server EXIT

names() { for file in "$here"/*/about.sh; do basename "$(dirname "$file")"; done; }

# judge VARIANT ARG…: one run, held against expected/VARIANT.txt. Exit codes 0, 1 and 4 are verdicts; the comparison
# decides what they are worth. Anything else means that nothing was judged.
judge() {
  local variant=$1 code=0 dir=$out/$1
  shift
  mkdir -p "$dir"
  rm -f "$dir/record.json"
  (cd "$root" && "$hallmark" run --out "$dir" --report "record=$dir/record.json" --quiet --color never "$@") \
    >"$dir/console.txt" 2>&1 || code=$?
  case $code in
    0 | 1 | 4) ;;
    *)
      echo "$variant: hallmark ended with $code" >&2
      cat "$dir/console.txt" >&2
      return 1
      ;;
  esac
  echo "$title" >"$dir/title.txt"
  no_credential_in "$dir"
  python3 "$here/compare.py" "$dir/record.json" "$here/expected/$variant.txt"
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

hallmark=${HALLMARK:-}
if [[ -z $hallmark ]]; then
  (cd "$root" && cargo build --quiet --locked)
  hallmark=$root/target/debug/hallmark
fi
write_table=
if [[ ${1:-} == --table ]]; then write_table=yes && shift; fi
all=
if [[ $# -eq 0 ]]; then
  all=1
  mapfile -t chosen < <(names)
  set -- "${chosen[@]}"
fi
passed=0 failed=0
for name in "$@"; do
  [[ -f $here/$name/about.sh ]] || { echo "no server called $name here: $(names | tr '\n' ' ')" >&2; exit 2; }
  set +e # not `if (…)`: inside a condition the subshell's own `set -e` would do nothing
  (
    set -e
    trap stop_server EXIT
    run_one "$name"
  )
  code=$?
  set -e
  if [[ $code -eq 0 ]]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
# The table of docs/interop.md follows from the records and the lists: written, or held against what stands there.
if [[ -n $all ]]; then
  python3 "$here/table.py" ${write_table:+--write} "$page" "$out" "$here/expected" "$@" || failed=$((failed + 1))
fi
echo "interop: $passed passed, $failed failed"
[[ $failed -eq 0 ]]
