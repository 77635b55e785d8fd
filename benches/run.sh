#!/usr/bin/env bash
# Installs what can be had of the other load generators, then runs `hallmark load` beside them: see peers.py.
#
# HALLMARK: the binary (default: target/release/hallmark, built here). TARGETS_HOME: where tools are installed (default
# .targets). BENCH_OHA=1 builds oha, which takes some minutes. A tool that is on PATH is taken from there: k6, vegeta,
# wrk2, oha. Nothing is installed that is there already; what cannot be had is named in the table.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
home=${TARGETS_HOME:-$root/.targets}/bench
mkdir -p "$home"

need() { command -v "$1" >/dev/null; }
try() { # NAME COMMAND…: what fails is absent
  local name=$1
  shift
  "$@" >"$home/$name.log" 2>&1 || echo "bench: $name cannot be installed here ($home/$name.log)" >&2
}

debian() { # PROGRAM PACKAGE
  need "$1" && return
  if [[ $(id -u) -eq 0 ]] && need apt-get; then
    try "$1" sh -c "apt-get install -y -qq --no-install-recommends $2 || { apt-get update -qq && apt-get install -y -qq --no-install-recommends $2; }"
  fi
}

locust() {
  [[ -x $home/locust/bin/locust ]] || try locust sh -c "'${PYTHON:-python3}' -m venv '$home/locust' && '$home/locust/bin/pip' install --quiet --disable-pip-version-check locust==2.47.0"
}

autocannon() {
  [[ -x $home/autocannon/node_modules/.bin/autocannon ]] || ! need npm ||
    try autocannon npm install --prefix "$home/autocannon" --silent --no-audit --no-fund --ignore-scripts autocannon@9.0.0
}

oha() {
  [[ -z ${BENCH_OHA:-} || -x $home/oha/bin/oha ]] || try oha cargo install --quiet --locked --root "$home/oha" oha@1.16.0
}

export DEBIAN_FRONTEND=noninteractive
debian wrk wrk
debian h2load nghttp2-client
debian hey hey
locust
autocannon
oha

if [[ -z ${HALLMARK:-} ]]; then
  (cd "$root" && cargo build --quiet --release --locked)
  export HALLMARK=$root/target/release/hallmark
fi
exec python3 "$here/peers.py" --home "$home" "$@"
