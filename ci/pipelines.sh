#!/usr/bin/env bash
# Tries the copy-paste pipelines as far as a machine without their services can: every file is valid by the service's
# published schema, actions are pinned, and the shell parts run as they stand against the mock: in two shards and
# merged, healthy, with a defect, and with a baseline that excuses it.
#
#   ci/pipelines.sh              all of them
#   ci/pipelines.sh SERVICE…     only these: github gitlab azure circleci buildkite
#
# HALLMARK: the binary (default: built here). TARGETS_HOME: where the schema validator is installed (default .targets).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
children=()
cleanup() {
  [[ ${#children[@]} -eq 0 ]] || kill "${children[@]}" 2>/dev/null || true
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
    [[ ! -f $work/console.txt ]] || grep -vE '^(    |$)' "$work/console.txt" | tail -n 40 >&2
  fi
}
yes_if() { if "$@" >/dev/null 2>&1; then echo yes; else echo no; fi; }

hallmark=${HALLMARK:-}
if [[ -z $hallmark ]]; then
  (cd "$root" && cargo build --quiet --locked)
  hallmark=$root/target/debug/hallmark
fi
venv=${TARGETS_HOME:-$root/.targets}/pipelines
[[ -x $venv/bin/check-jsonschema ]] || {
  python3 -m venv "$venv" && "$venv/bin/python" -m pip install --quiet --disable-pip-version-check check-jsonschema==0.39.0 lxml==6.1.3
}
part() { "$venv/bin/python" "$root/ci/pipelines/part.py" "$root/ci/$1" "${@:2}"; }

# start_mock ARG…: sets MCP_URL and READER_TOKEN.
start_mock() {
  [[ ${#children[@]} -eq 0 ]] || { kill "${children[@]}" 2>/dev/null || true; children=(); }
  rm -f "$work/ready.json"
  "$hallmark" mock --port 0 --ready-file "$work/ready.json" "$@" >/dev/null 2>&1 &
  children+=($!)
  for _ in $(seq 100); do [[ -f $work/ready.json ]] && break; sleep 0.1; done
  # The ready file is JSON over several lines.
  MCP_URL=$(grep -o '"mcp": *"[^"]*"' "$work/ready.json" | head -n 1 | cut -d'"' -f4)
  READER_TOKEN=$(grep -A 3 '"name": *"finance-ro"' "$work/ready.json" | grep -o '"token": *"[^"]*"' | cut -d'"' -f4)
  export MCP_URL READER_TOKEN
}

# What a user's repository would hold, and programs that only a service has.
project() {
  rm -rf "$work/project" "$work/shards"
  mkdir -p "$work/project" "$work/bin" "$work/shards"
  cd "$work/project"
  printf 'target: demo\nmcp: "${env.MCP_URL}"\nprincipals:\n  reader: { bearer: "${env.READER_TOKEN}" }\n' >hallmark.yaml
  [[ ! -f $work/baseline.yaml ]] || cp "$work/baseline.yaml" hallmark-baseline.yaml
  printf '#!/bin/sh\nprintf "%%s\\n" "$@" >"%s/gh.txt"\n' "$work" >"$work/bin/gh"
  printf '#!/bin/sh\nif [ "$1" = annotate ]; then cat >"%s/annotation.md"; fi\n' "$work" >"$work/bin/buildkite-agent"
  chmod +x "$work/bin"/*
  export PATH=$work/bin:$PATH
}

# script SHELL…: runs what is on stdin, says how it ended.
script() {
  local code=0
  "$@" /dev/stdin >>"$work/console.txt" 2>&1 || code=$?
  echo "$code"
}

# Each service: SERVICE_shard K N, and SERVICE_merge; both print an exit code.
github_step() {
  env HALLMARK="$hallmark" TARGET= URL= BEARER_ENV= BASELINE=hallmark-baseline.yaml SHARD= MERGE= BEFORE= ARGUMENTS= OUT=hallmark-out \
    GITHUB_STEP_SUMMARY="$work/project/summary.md" GITHUB_OUTPUT="$work/project/output" "$@" \
    bash "$root/ci/github/judge.sh" >>"$work/console.txt" 2>&1
  echo $?
}
github_shard() {
  github_step TARGET=hallmark.yaml SHARD="$1/$2" || true
  mkdir -p "$work/shards/$1" && mv hallmark-out/* "$work/shards/$1"
}
github_merge() { github_step MERGE="$work/shards" BEFORE="$work/before.json" || true; }

gitlab_lines() { part gitlab/hallmark.gitlab-ci.yml .hallmark before_script; part gitlab/hallmark.gitlab-ci.yml "$1" script; }
gitlab_shard() {
  mkdir -p .hallmark/bin && ln -sf "$hallmark" .hallmark/bin/hallmark
  gitlab_lines hallmark | HALLMARK_TARGET=hallmark.yaml CI_NODE_INDEX=$1 CI_NODE_TOTAL=$2 script bash -eo pipefail
}
gitlab_merge() {
  rm -f "$work/port"
  python3 "$root/ci/pipelines/service.py" "$work/before.json" "$work/note" "$work/port" &
  local service=$!
  for _ in $(seq 100); do [[ -s $work/port ]] && break; sleep 0.1; done
  gitlab_lines hallmark-summary |
    CI_API_V4_URL="http://127.0.0.1:$(cat "$work/port")" CI_JOB_TOKEN=job NOTES_TOKEN=notes CI_PROJECT_ID=1 CI_DEFAULT_BRANCH=main CI_MERGE_REQUEST_IID=7 \
      no_proxy='*' script bash -eo pipefail
  kill "$service"
}

azure_env() { env HALLMARK_ROOT="$work/installed" HALLMARK_TARGET=hallmark.yaml PIPELINE_WORKSPACE="$work/shards" "$@"; }
azure_shard() {
  rm -rf hallmark-out
  part azure/azure-pipelines.yml jobs 0 steps 3 bash | azure_env SYSTEM_JOBPOSITIONINPHASE="$1" SYSTEM_TOTALJOBSINPHASE="$2" bash -c "$(declare -f script); work=$work; script bash"
  # A first attempt that was repeated leaves its artifact, too.
  cp -r hallmark-out "$work/shards/hallmark-$1-1" && cp -r hallmark-out "$work/shards/hallmark-$1-2"
}
azure_merge() { part azure/azure-pipelines.yml jobs 1 steps 3 bash | azure_env bash -c "$(declare -f script); work=$work; script bash"; }

circleci_shard() {
  mkdir -p hallmark-bin/bin && ln -sf "$hallmark" hallmark-bin/bin/hallmark
  rm -rf hallmark-out
  part circleci/config.yml jobs judge steps 5 run command |
    HALLMARK_TARGET=hallmark.yaml CIRCLE_NODE_INDEX=$(($1 - 1)) CIRCLE_NODE_TOTAL=$2 script bash -eo pipefail
  part circleci/config.yml jobs judge steps 6 run command | CIRCLE_NODE_INDEX=$(($1 - 1)) script bash -eo pipefail >/dev/null
}
circleci_merge() { part circleci/config.yml jobs summary steps 4 run command | script bash -eo pipefail; }

buildkite_lines() { part buildkite/pipeline.yml steps "$1" command | sed 's/\$\$/$/g'; }
buildkite_shard() {
  buildkite_lines 0 | HALLMARK_ROOT="$work/installed" HALLMARK_REVISION=. HALLMARK_TARGET=hallmark.yaml \
    BUILDKITE_PARALLEL_JOB=$(($1 - 1)) BUILDKITE_PARALLEL_JOB_COUNT=$2 script bash
}
buildkite_merge() { buildkite_lines 2 | HALLMARK_ROOT="$work/installed" HALLMARK_REVISION=. script bash; }

jenkins() {
  mkdir -p .hallmark/revision/bin
  ln -sf "$hallmark" .hallmark/revision/bin/hallmark
  awk "/'''\\)?\$/ && on { on = 0 } on { print } /'''\$/ && !/^ *'''/ { on = 1 }" "$root/ci/jenkins/Jenkinsfile" |
    HALLMARK_REVISION=revision HALLMARK_TARGET=hallmark.yaml script sh -e
}

if [[ $# -gt 0 ]]; then services=("$@"); else services=(github gitlab azure circleci buildkite); fi
mkdir -p "$work/installed/bin" && ln -sf "$hallmark" "$work/installed/bin/hallmark"

# whole SERVICE: two shards and their merge; prints the three exit codes.
whole() {
  project
  : >"$work/console.txt"
  local one two
  one=$("$1_shard" 1 2) two=$("$1_shard" 2 2)
  echo "$one $two $("$1_merge")"
}

# What is left behind: the reports, and no credential anywhere.
left() {
  local file
  for file in record.json report.md index.html; do
    expect "$1 writes $file" yes "$(yes_if test -s "$work/project/hallmark-out/$file")"
  done
  expect "$1 shows no credential" no "$(yes_if grep -rqF -- "$READER_TOKEN" "$work/project" "$work/shards" "$work/console.txt")"
}

start_mock
project
"$hallmark" run --target hallmark.yaml --quiet --out "$work/first" >/dev/null 2>&1 || true
cp "$work/first/record.json" "$work/before.json"
for service in "${services[@]}"; do
  expect "$service, healthy" "0 0 0" "$(whole "$service")"
  left "$service"
done
project
expect "jenkins, healthy" 0 "$(jenkins)"
left jenkins

# A row of one scenario fails, in every revision: some part is red, and so is the whole.
start_mock --defect scheme-optional
for service in "${services[@]}"; do
  codes=$(whole "$service")
  expect "$service, a part with a defect" yes "$(yes_if grep -qE '^(0 1|1 0|1 1) ' <<<"$codes")"
  expect "$service, the whole with a defect" 1 "${codes##* }"
  left "$service"
  case $service in
    github)
      expect "github annotates" yes "$(yes_if grep -q '^::error' "$work/console.txt")"
      expect "github hands on the exit code" exit-code=1 "$(tail -n 1 "$work/project/output")"
      expect "github shows what is new" yes "$(yes_if grep -qE '^[1-9][0-9]* new' "$work/project/summary.md")"
      ;;
    gitlab) expect "gitlab notes what is new" yes "$(yes_if grep -qE '[1-9](\+|%20)new' "$work/note")" ;;
    azure) expect "azure shows the summary" yes "$(yes_if grep -q '^##vso\[task.uploadsummary\]/' "$work/console.txt")" ;;
    buildkite) expect "buildkite annotates" yes "$(yes_if grep -q 'BEARER-04' "$work/annotation.md")" ;;
  esac
done
project
expect "jenkins, with a defect" 1 "$(jenkins)"

# Known failures, the way a user makes the first baseline; then they are mended.
"$hallmark" run --target hallmark.yaml --quiet --out "$work/first" >/dev/null 2>&1 || true
"$hallmark" report baseline "$work/first/record.json" --out "$work/baseline.yaml" 2>/dev/null
for service in "${services[@]}"; do expect "$service, with a baseline" "0 0 0" "$(whole "$service")"; done
start_mock
for service in "${services[@]}"; do
  codes=$(whole "$service")
  expect "$service, with a stale baseline" 6 "${codes##* }"
done
rm "$work/baseline.yaml"

project
expect "github passes arguments on" 7 "$(github_step TARGET=hallmark.yaml ARGUMENTS="--only BEARER-02 --tag no-such-tag" || true)"
expect "github says what is missing" 2 "$(github_step || true)"
NUMBER=7 GITHUB_REPOSITORY=o/r script bash -e < <(mkdir -p hallmark-out; echo new >hallmark-out/compare.md; part github/hallmark.yml jobs summary steps 3 run) >/dev/null
expect "github comments" yes "$(yes_if grep -q -- --create-if-none "$work/gh.txt")"

"$hallmark" run --quiet --defect scheme-optional --out "$work/first" --report "junit-strict=$work/strict.xml" >/dev/null 2>&1 || true
expect "the strict flavour is valid" yes "$(yes_if "$venv/bin/python" -c 'import sys; from lxml import etree; etree.XMLSchema(file=sys.argv[1]).assertValid(etree.parse(sys.argv[2]))' "$root/reports/src/junit/consumers/junit-10.xsd" "$work/strict.xml")"

cd "$root"
loose=$(grep -rnE '^ *(- )?uses: *[^ ]+' ci/github ci/distributed | grep -vE '@[0-9a-f]{40} # ' || true)
expect "every action is pinned to a commit" "" "$loose"
expect "no input becomes text of a script" "" "$(grep -nE '^ *run:.*\$\{\{' ci/github/*.yml ci/distributed/github.yml || true)"
valid() { # SCHEMA FILE ARG…
  expect "$2 is valid" "" "$("$venv/bin/check-jsonschema" --builtin-schema "vendor.$1" "${@:3}" "$2" 2>&1 | grep -v '^ok ' | cut -c 1-300 || true)"
}
valid github-actions ci/github/action.yml
valid github-workflows ci/github/hallmark.yml
valid gitlab-ci ci/gitlab/hallmark.gitlab-ci.yml --data-transform gitlab-ci
valid azure-pipelines ci/azure/azure-pipelines.yml --regex-variant nonunicode
valid circle-ci ci/circleci/config.yml
valid buildkite ci/buildkite/pipeline.yml
valid github-workflows ci/distributed/github.yml
valid gitlab-ci ci/distributed/gitlab-ci.yml --data-transform gitlab-ci

# Load from several machines: its shell parts have a trial of their own.
code=0
HALLMARK=$hallmark PYTHON=$venv/bin/python ci/distributed/try.sh || code=$?
expect "load in shards" 0 "$code"

echo "pipelines: $passed passed, $failed failed"
[[ $failed -eq 0 ]]
