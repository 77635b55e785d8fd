#!/usr/bin/env bash
# Runs the packs against MCP servers that nobody here wrote, on loopback, and holds the verdicts against
# expected/NAME.txt. Every line there was confirmed by hand; docs/interop.md has the requests and answers.
#
#   ci/interop/run.sh [NAME…]     default: fastmcp; also python-sdk, typescript-sdk
#   ci/interop/run.sh --serve NAME    only start the server and print what a shell needs to talk to it
#
# HALLMARK: the binary (default: built here).  TARGETS_HOME: cache of what is installed (default: .targets).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
targets=${TARGETS_HOME:-$root/.targets}
out=${OUT:-$root/hallmark-out/interop}
server_pid=

stop_server() {
  [[ -z $server_pid ]] && return
  kill "$server_pid" 2>/dev/null || true
  wait "$server_pid" 2>/dev/null || true
  server_pid=
}
trap stop_server EXIT

# install NAME: what the server needs, once per state of its lock file.
install() {
  local source=$here/$1 home=$targets/$1 lock
  mkdir -p "$targets"
  if [[ -f $source/requirements.txt ]]; then lock=$source/requirements.txt; else lock=$source/package-lock.json; fi
  cmp -s "$lock" "$home/.installed" && return
  rm -rf "$home"
  echo "installing $1 into $home" >&2
  if [[ $lock == *requirements.txt ]]; then
    "${PYTHON:-python3}" -m venv "$home"
    "$home/bin/pip" install --quiet --disable-pip-version-check --requirement "$lock"
  else
    mkdir -p "$home"
    cp "$source/package.json" "$source/package-lock.json" "$home/"
    (cd "$home" && npm ci --silent --no-audit --no-fund --ignore-scripts)
  fi
  cp "$lock" "$home/.installed"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
random_token() { printf '%s-%s' "$1" "$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')"; }

# The credentials of this run. They live in the environment of server and harness, nowhere else.
draw_tokens() {
  READER_TOKEN=$(random_token rd)
  WRITER_TOKEN=$(random_token wr)
  OUTSIDER_TOKEN=$(random_token out)
  EXPIRED_TOKEN=$(random_token exp)
  export READER_TOKEN WRITER_TOKEN OUTSIDER_TOKEN EXPIRED_TOKEN
}

# start NAME: sets MCP_URL and server_pid; returns when the port answers.
start() {
  local source=$here/$1 home=$targets/$1
  PORT=$(free_port)
  MCP_URL=http://127.0.0.1:$PORT/mcp
  export PORT MCP_URL
  mkdir -p "$out/$1"
  if [[ -f $source/server.py ]]; then
    FASTMCP_CHECK_FOR_UPDATES=off FASTMCP_HOME=$targets/fastmcp-home PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
      "$home/bin/python" "$source/server.py" >"$out/$1/server.log" 2>&1 &
  else
    # Node resolves imports from where the file lies, so it has to lie beside node_modules.
    cp "$source/server.mjs" "$home/server.mjs"
    node "$home/server.mjs" >"$out/$1/server.log" 2>&1 &
  fi
  server_pid=$!
  for _ in $(seq 300); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then return; fi
    kill -0 "$server_pid" 2>/dev/null || break
    sleep 0.1
  done
  echo "$1 did not start; its log:" >&2
  tail -n 20 "$out/$1/server.log" >&2
  return 1
}

# judge NAME VARIANT ARG…: one run, held against expected/VARIANT.txt. Exit codes 0, 1 and 4 are verdicts; the
# comparison decides what they are worth. Anything else means that nothing was judged.
judge() {
  local variant=$2 code=0 dir=$out/$2
  shift 2
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
  python3 "$here/compare.py" "$dir/record.json" "$here/expected/$variant.txt"
}

# Nothing that a run writes may hold a credential.
no_token_in() {
  local token
  for token in "$READER_TOKEN" "$WRITER_TOKEN" "$OUTSIDER_TOKEN" "$EXPIRED_TOKEN"; do
    # The harness' own files; a server's log is the server's business.
    if grep -rqF --exclude=server.log -- "$token" "$1"; then
      echo "$1 holds a credential" >&2
      return 1
    fi
  done
}

run_one() {
  local name=$1 failed=0
  install "$name"
  draw_tokens
  start "$name"
  judge "$name" "$name" --target "$root/scenarios/targets/$name.yaml" || failed=1
  no_token_in "$out/$name" || failed=1
  # With nothing but an address and one token.
  judge "$name" "$name-url" --url "$MCP_URL" --bearer-env READER_TOKEN || failed=1
  no_token_in "$out/$name-url" || failed=1
  stop_server
  return "$failed"
}

serve_one() {
  install "$1"
  draw_tokens
  start "$1"
  for name in MCP_URL READER_TOKEN WRITER_TOKEN OUTSIDER_TOKEN EXPIRED_TOKEN; do
    printf 'export %s=%s\n' "$name" "${!name}"
  done
  echo "# Ctrl-C ends the server" >&2
  wait "$server_pid"
}

if [[ ${1:-} == --serve ]]; then
  serve_one "${2:?a name: fastmcp, python-sdk, typescript-sdk}"
  exit
fi

hallmark=${HALLMARK:-}
if [[ -z $hallmark ]]; then
  (cd "$root" && cargo build --quiet --locked)
  hallmark=$root/target/debug/hallmark
fi
[[ $# -gt 0 ]] || set -- fastmcp
passed=0 failed=0
for name in "$@"; do
  [[ -f $here/expected/$name.txt ]] || { echo "no server called $name here" >&2; exit 2; }
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
echo "interop: $passed passed, $failed failed"
[[ $failed -eq 0 ]]
