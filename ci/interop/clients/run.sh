#!/usr/bin/env bash
# Runs the agent pack on MCP clients that nobody here wrote, on loopback, and holds the verdicts against
# ../expected/client-NAME.txt. Every line there was confirmed in the client's source or with a server made by hand;
# docs/interop-clients.md has what was found.
#
#   ci/interop/clients/run.sh [NAME…]         default: all of them
#   ci/interop/clients/run.sh --table         all of them, and the table of docs/interop-clients.md is written
#   ci/interop/clients/run.sh --install NAME  only install what it needs, and print the command
#   ci/interop/clients/run.sh --list          the names
#
# HALLMARK: the binary (default: built here).  TARGETS_HOME: cache of what is installed (default: .targets).
# What differs between clients stands in NAME/about.sh:
#
#   title     what it is, with its version
#   packages  the folder of ci/interop whose lock file says what is installed
#   contract  how it learns its task: `environment` (default) or `conformance`
#   command   the words that start it; $source is its folder, $home what was installed
#   prepare   (optional) what else has to be there
set -euo pipefail

clients=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
here=$(dirname "$clients")
root=$(cd "$here/../.." && pwd)
targets=${TARGETS_HOME:-$root/.targets}
out=${OUT:-$root/hallmark-out/interop-clients}
page=$root/docs/interop-clients.md
# shellcheck source=ci/interop/serve.sh
source "$here/serve.sh"
# shellcheck source=ci/interop/judge.sh
source "$here/judge.sh"
mkdir -p "$targets"
targets=$(cd "$targets" && pwd)

names() { for file in "$clients"/*/about.sh; do basename "$(dirname "$file")"; done; }

# Programs for Node have to lie where what they import is found.
beside() {
  rm -rf "$home/clients"
  mkdir -p "$home/clients"
  cp -r "$@" "$home/clients/"
}

about_client() {
  name=$1 source=$clients/$1 contract=environment
  [[ -f $source/about.sh ]] || { echo "no client called $name here: $(names | tr '\n' ' ')" >&2; exit 2; }
  packages=$(sed -n 's/^packages=//p' "$source/about.sh")
  home=$targets/$packages
  prepare() { :; }
  # shellcheck source=/dev/null
  source "$source/about.sh"
  install
  prepare
}

judge() {
  about_client "$1"
  record "client-$1" agent --contract "$contract" -- "${command[@]}"
  compare "client-$1"
}

case ${1:-} in
  --install)
    about_client "${2:?a name: $(names | tr '\n' ' ')}"
    printf '%q ' "${command[@]}"
    echo
    exit
    ;;
  --list)
    names
    exit
    ;;
esac

find_hallmark
judge_each "interop clients" judge "$clients/table.py" "$page" "$@"
