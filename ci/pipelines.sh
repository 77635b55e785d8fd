#!/usr/bin/env bash
# Tries the copy-paste pipelines as far as a machine without their services can: the YAML parses, actions are pinned,
# and the shell parts run as they stand against the mock, once healthy and once with a defect.
#
# HALLMARK: the binary (default: built here).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
mock_pid=
cleanup() {
  [[ -z $mock_pid ]] || kill "$mock_pid" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
failed=0 passed=0

expect() { # WHAT EXPECTED ACTUAL
  if [[ $2 == "$3" ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'pipelines: %s: expected %s, got %s\n' "$1" "$2" "$3" >&2
    tail -n 30 "$work/console.txt" 2>/dev/null >&2 || true
  fi
}

hallmark=${HALLMARK:-}
if [[ -z $hallmark ]]; then
  (cd "$root" && cargo build --quiet --locked)
  hallmark=$root/target/debug/hallmark
fi

# start_mock ARG…: sets MCP_URL and READER_TOKEN.
start_mock() {
  [[ -z $mock_pid ]] || { kill "$mock_pid" && wait "$mock_pid" || true; }
  rm -f "$work/ready.json"
  "$hallmark" mock --port 0 --ready-file "$work/ready.json" "$@" >/dev/null 2>&1 &
  mock_pid=$!
  for _ in $(seq 100); do [[ -f $work/ready.json ]] && break; sleep 0.1; done
  # The ready file is JSON over several lines.
  MCP_URL=$(grep -o '"mcp": *"[^"]*"' "$work/ready.json" | head -n 1 | cut -d'"' -f4)
  READER_TOKEN=$(grep -A 3 '"name": *"finance-ro"' "$work/ready.json" | grep -o '"token": *"[^"]*"' | cut -d'"' -f4)
  export MCP_URL READER_TOKEN
}

# What a user's repository would hold.
project() {
  rm -rf "$work/project"
  mkdir -p "$work/project"
  cd "$work/project"
  printf 'target: demo\nmcp: "${env.MCP_URL}"\nprincipals:\n  reader: { bearer: "${env.READER_TOKEN}" }\n' >hallmark.yaml
}

github() {
  project
  local code=0
  env HALLMARK="$hallmark" TARGET=hallmark.yaml URL= BEARER_ENV= ARGUMENTS="$1" OUT=hallmark-out \
    GITHUB_STEP_SUMMARY="$work/project/summary.md" GITHUB_OUTPUT="$work/project/output" \
    bash "$root/ci/github/judge.sh" >"$work/console.txt" 2>&1 || code=$?
  echo "$code"
}

gitlab() {
  project
  mkdir -p .hallmark/bin
  ln -s "$hallmark" .hallmark/bin/hallmark
  local code=0
  # The lines of `before_script` and `script`, as GitLab's runner would hand them to a shell.
  {
    echo 'set -e'
    awk '/^  (before_)?script:/ { on = 1; next } /^  [a-z#]/ { on = 0 } on && /^    - / { sub(/^    - /, ""); print }' "$root/ci/gitlab/hallmark.gitlab-ci.yml"
  } >"$work/gitlab.sh"
  HALLMARK_TARGET=hallmark.yaml bash "$work/gitlab.sh" >"$work/console.txt" 2>&1 || code=$?
  echo "$code"
}

jenkins() {
  project
  mkdir -p .hallmark/revision/bin
  ln -s "$hallmark" .hallmark/revision/bin/hallmark
  local code=0
  awk "/'''\\)?\$/ && on { on = 0 } on { print } /'''\$/ && !/^ *'''/ { on = 1 }" "$root/ci/jenkins/Jenkinsfile" >"$work/jenkins.sh"
  HALLMARK_REVISION=revision HALLMARK_TARGET=hallmark.yaml sh -e "$work/jenkins.sh" >"$work/console.txt" 2>&1 || code=$?
  echo "$code"
}

files() {
  local file
  for file in record.json TEST-hallmark.xml report.md hallmark.sarif; do
    expect "$1 writes $file" yes "$([[ -s $work/project/hallmark-out/$file ]] && echo yes || echo no)"
  done
  expect "$1 shows no credential" no "$(grep -rqF -- "$READER_TOKEN" "$work/project" "$work/console.txt" && echo yes || echo no)"
}

start_mock
for service in github gitlab jenkins; do
  expect "$service, healthy" 0 "$($service "")"
  files "$service"
done
expect "github fills the summary" yes "$(github "" >/dev/null; [[ -s $work/project/summary.md ]] && echo yes || echo no)"
expect "github passes arguments on" 7 "$(github "--only BEARER-02 --tag no-such-tag")"

start_mock --defect scheme-exact
for service in github gitlab jenkins; do
  expect "$service, with a defect" 1 "$($service "")"
  files "$service"
done
expect "github annotates" yes "$(github "" >/dev/null; grep -q '^::error' "$work/console.txt" && echo yes || echo no)"
expect "github hands on the exit code" exit-code=1 "$(cat "$work/project/output")"

cd "$root"
loose=$(grep -rnE '^ *(- )?uses: *[^ ]+' ci/github | grep -vE '@[0-9a-f]{40} # ' || true)
expect "every action is pinned to a commit" "" "$loose"
expect "no input becomes text of a script" "" "$(grep -nE '^ *run:.*\$\{\{' ci/github/*.yml || true)"
if python3 -c 'import yaml' 2>/dev/null; then
  python=python3
else
  python=${TARGETS_HOME:-.targets}/yaml/bin/python
  [[ -x $python ]] || { python3 -m venv "$(dirname "$(dirname "$python")")" && "$python" -m pip install --quiet --disable-pip-version-check PyYAML==6.0.3; }
fi
for file in ci/github/action.yml ci/github/hallmark.yml ci/gitlab/hallmark.gitlab-ci.yml; do
  expect "$file is YAML" ok "$("$python" -c 'import sys, yaml; assert isinstance(yaml.safe_load(open(sys.argv[1])), dict); print("ok")' "$file" 2>&1 | tail -n 1)"
done

echo "pipelines: $passed passed, $failed failed"
[[ $failed -eq 0 ]]
