#!/usr/bin/env bash
# Runs the shell parts of the manifests beside it as they stand, with two and four shards on this machine against one
# mock: every arrival is accounted for, the histograms of the whole are the sum of the shards', slot by slot, and a shard that is missing,
# or that came too late, fails.
#
#   ci/distributed/try.sh              all of them
#   ci/distributed/try.sh SERVICE…     only these: kubernetes github gitlab
#
# HALLMARK: the binary. PYTHON: a Python with ruamel.yaml. ci/pipelines.sh sets both.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
python=${PYTHON:-python3} hallmark=${HALLMARK:-$root/target/debug/hallmark}
work=$(mktemp -d)
mock=
trap 'kill $mock 2>/dev/null || true; rm -rf "$work"' EXIT
passed=0 failed=0

expect() { # WHAT EXPECTED ACTUAL
  if [[ $2 == "$3" ]]; then passed=$((passed + 1)); return; fi
  failed=$((failed + 1))
  printf 'distributed: %s: expected %s, got %s\n' "$1" "$2" "$3" >&2
  tail -n 12 "$work"/*.txt >&2
}
part() { "$python" "$root/ci/pipelines/part.py" "$here/$1" "${@:2}"; }
in_a_moment() { date -u -d "+$1 seconds" +%Y-%m-%dT%H:%M:%SZ; }

"$hallmark" mock --load --port 0 --seed 7 --ready-file "$work/ready.json" >/dev/null 2>&1 &
mock=$!
for _ in $(seq 100); do [[ -s $work/ready.json ]] && break; sleep 0.1; done
MCP_URL=$(grep -o '"mcp": *"[^"]*"' "$work/ready.json" | head -n 1 | cut -d'"' -f4)
READER_TOKEN=$(grep -A 3 '"name": *"finance-ro"' "$work/ready.json" | grep -o '"token": *"[^"]*"' | cut -d'"' -f4)
export MCP_URL READER_TOKEN

# What a user's repository would hold.
project() {
  rm -rf "$work/project"
  mkdir -p "$work/project" "$work/bin"
  cd "$work/project"
  mkdir -p .hallmark/bin hallmark-bin
  ln -sf "$hallmark" .hallmark/bin/hallmark
  ln -sf "$hallmark" "$work/bin/hallmark"
  cp "$hallmark" hallmark-bin/hallmark
  cp "$here/load.yaml" .
  printf 'target: demo\nmcp: "${env.MCP_URL}"\nprincipals:\n  reader: { bearer: "${env.READER_TOKEN}" }\nprobes:\n  read: { tool: workspace, arguments: { action: list } }\n' >hallmark.yaml
  rm -f "$work"/*.txt
}

# Each service: SERVICE_shard K N (in the background, said to FILE) and SERVICE_merge N; they end as the job would.
kubernetes() { # ITEM KEY…
  PATH=$work/bin:$PATH RECORDS=$work/project/records PLAN=$work/project sh -euc "$(part kubernetes.yaml items "$1" spec template spec containers 0 command 2)"
}
kubernetes_shard() { JOB_COMPLETION_INDEX=$(($1 - 1)) SHARDS=$2 SEED=7 kubernetes 2; }
kubernetes_merge() { SHARDS=$1 PATIENCE=20 kubernetes 3; }

github_shard() (
  # A runner has a folder of its own, and gives its record away as an artifact.
  mkdir -p "runner-$1" && cd "runner-$1" && cp -r ../load.yaml ../hallmark.yaml ../hallmark-bin .
  code=0
  SHARD=$1 SHARDS=$2 SEED=7 bash -eo pipefail -c "$(part github.yml jobs shard steps 2 run)" || code=$?
  [[ ! -d hallmark-out ]] || { mkdir -p ../shards && mv hallmark-out "../shards/hallmark-shard-$1"; }
  exit "$code"
)
github_merge() { GITHUB_STEP_SUMMARY=summary.md bash -eo pipefail -c "$(part github.yml jobs merge steps 2 run)"; }

gitlab_lines() { part gitlab-ci.yml "$1" script; }
gitlab_shard() { CI_NODE_INDEX=$1 CI_NODE_TOTAL=$2 CI_PIPELINE_IID=7 bash -eo pipefail -c "$(gitlab_lines hallmark-load)"; }
gitlab_merge() { bash -eo pipefail -c "$(gitlab_lines hallmark-load-merge)"; }

# whole SERVICE SHARDS FIRST SECONDS: shards FIRST to SHARDS at once, then the merge; prints the exit codes.
whole() {
  project
  START_AT=$(in_a_moment "$4")
  export START_AT
  local pids=() codes=() k pid code
  for k in $(seq "$3" "$2"); do
    "$1_shard" "$k" "$2" >"$work/shard-$k.txt" 2>&1 &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do
    code=0
    wait "$pid" || code=$?
    codes+=("$code")
  done
  code=0
  "$1_merge" "$2" >"$work/merge.txt" 2>&1 || code=$?
  # Where this machine is too busy for the pacer, the figures are void, and the arrivals are still all there.
  if [[ $code -eq 4 ]] && "$python" "$work/void.py" "$work/project"; then
    echo "distributed: $1, $2 shards: the run was invalid, as a busy machine makes it" >&2
    code=0
  fi
  echo "${codes[*]} $code"
}

cat >"$work/record.py" <<'EOF'
import base64, collections, json, pathlib, zlib

def counts(distribution):
    """Calls by slot of a histogram (HdrHistogram, V2 deflated: a head of 40 bytes, then ZigZag LEB128; below 0: empty slots)."""
    data = zlib.decompress(base64.b64decode(distribution["hdr"])[8:])[40:]
    slot, at, found = 0, 0, collections.Counter()
    while at < len(data):
        value = 0
        for place in range(9):
            byte, at = data[at], at + 1
            value |= (byte if place == 8 else byte & 0x7F) << (7 * place)
            if byte < 0x80:
                break
        value = (value >> 1) ^ -(value & 1)
        if value > 0:
            found[slot] = value
        slot += -value if value < 0 else 1
    return found

def loads(folder):
    """What the shards measured, and the whole."""
    found = [json.loads(path.read_text())["load"] for path in pathlib.Path(folder).rglob("record.json")]
    return [load for load in found if load.get("shard")], [load for load in found if not load.get("shard")]
EOF
cat >"$work/void.py" <<'EOF'
import sys
from record import loads

_, whole = loads(sys.argv[1])
sys.exit(0 if whole and not whole[0]["valid"] else 1)
EOF

# What all shards were asked for is what the whole was, and was sent and measured; each histogram of the whole is theirs
# added up.
accounted() {
  PYTHONPATH=$work "$python" - "$work/project" <<'EOF'
import sys
from record import counts, loads

shards, (whole,) = loads(sys.argv[1])
added = {key: sum(load[key] for load in shards) for key in ("asked", "sent", "achieved", "dropped")}
assert added == {key: whole[key] for key in added}, (added, {key: whole[key] for key in added})
assert whole["asked"] == whole["sent"] == 2000, (whole["asked"], whole["sent"])
for kind in ("response", "service", "backlog", "pacer_lag"):
    one = sum((counts(load["overall"][kind]) for load in shards), type(counts(whole["overall"][kind]))())
    assert one == counts(whole["overall"][kind]), kind
    assert sum(one.values()) == whole["overall"][kind]["count"] == 2000, (kind, sum(one.values()))
print("accounted for")
EOF
}

if [[ $# -gt 0 ]]; then services=("$@"); else services=(kubernetes github gitlab); fi
for service in "${services[@]}"; do
  for shards in 2 4; do
    zeros=$(printf '0 %.0s' $(seq "$shards"))0
    expect "$service, $shards shards" "$zeros" "$(whole "$service" "$shards" 1 3)"
    expect "$service, $shards shards, all arrivals" "accounted for" "$(accounted 2>&1)"
  done
  # The first of two shards never ran.
  expect "$service, a shard is missing" "0 4" "$(whole "$service" 2 2 3)"
  expect "$service names the missing shard" 1 "$(grep -c 'missing shards: 1/2' "$work/merge.txt")"
done
# A shard whose moment is over says so.
for service in "${services[@]}"; do
  codes=$(whole "$service" 1 1 0)
  expect "$service, too late" 1 "${codes%% *}"
done
echo "distributed: $passed held, $failed did not"
[[ $failed -eq 0 ]]
