#!/usr/bin/env bash
# Memory and sockets of the generator and of the mock stay flat while calls go on.
#
#   ci/soak.sh                   five minutes at 500/s
#   ci/soak.sh SECONDS [RATE]    ci/soak.sh 3600 is the hour
#
# Every five seconds resident memory (proc(5), VmRSS) and open sockets of both processes are read. Of what comes after
# the first minute, the least of each half minute is taken: connections that a pause of the machine called for come and
# go, and what leaks stays. Of the slopes between all pairs of those the median is judged (Theil and Sen), as growth in
# a minute:
#
#   memory    at most MEMORY_KIB (default 512) KiB a minute
#   sockets   at most SOCKETS (default 0.5) a minute
#
# and that every call was sent and answered. A run that is not valid (exit code 4) is no failure here: a late generator
# does not leak. OUT: the folder for samples.tsv and the record (default hallmark-soak). HALLMARK: the binary.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
seconds=${1:-300} rate=${2:-500} every=5
out=${OUT:-$root/hallmark-soak}
hallmark=${HALLMARK:-$root/target/release/hallmark}
[[ $seconds -ge 120 ]] || { echo "soak: two minutes are the least: the first of them is not judged" >&2; exit 2; }
[[ -x $hallmark ]] || { echo "soak: there is no $hallmark" >&2; exit 2; }
work=$(mktemp -d) mock='' load=''
trap 'kill $mock $load 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir -p "$out"

"$hallmark" mock --load --port 0 --ready-file "$work/ready.json" >/dev/null 2>&1 &
mock=$!
for _ in $(seq 100); do [[ -s $work/ready.json ]] && break; sleep 0.1; done
MCP_URL=$(grep -o '"mcp": *"[^"]*"' "$work/ready.json" | head -n 1 | cut -d'"' -f4)
READER_TOKEN=$(grep -A 3 '"name": *"finance-ro"' "$work/ready.json" | grep -o '"token": *"[^"]*"' | cut -d'"' -f4)
export MCP_URL READER_TOKEN
cat >"$work/hallmark.yaml" <<'EOF'
target: soak
mcp: "${env.MCP_URL}"
principals:
  reader: { bearer: "${env.READER_TOKEN}" }
probes:
  read: { tool: workspace, arguments: { action: list } }
EOF

"$hallmark" load --target "$work/hallmark.yaml" --rate "$rate/s" --for "${seconds}s" --out "$out" --quiet >"$work/said" 2>&1 &
load=$!
memory() { awk '/^VmRSS:/ { print $2 }' "/proc/$1/status" 2>/dev/null; }
sockets() { find "/proc/$1/fd" -lname 'socket:*' 2>/dev/null | wc -l; }
printf 'second\tgenerator KiB\tgenerator sockets\tmock KiB\tmock sockets\n' >"$out/samples.tsv"
begin=$SECONDS
for ((n = 1; n * every < seconds; n++)); do
  while ((SECONDS - begin < n * every)); do sleep 0.2; done
  kill -0 "$load" 2>/dev/null || break
  # Read first, written as one line: a process that ends meanwhile leaves no half sample.
  sample="$((SECONDS - begin))"$'\t'"$(memory "$load")"$'\t'"$(sockets "$load")"$'\t'"$(memory "$mock")"$'\t'"$(sockets "$mock")"
  [[ $sample == *$'\t\t'* ]] || echo "$sample" >>"$out/samples.tsv"
done
code=0
wait "$load" || code=$?
load=''
[[ $code -eq 0 || $code -eq 4 ]] || cat "$work/said" >&2

MEMORY_KIB=${MEMORY_KIB:-512} SOCKETS=${SOCKETS:-0.5} python3 - "$out" "$seconds" "$rate" "$code" <<'EOF'
import itertools, json, os, pathlib, statistics, sys

out, seconds, rate, code = pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:])
head, *lines = (out / "samples.tsv").read_text().splitlines()
samples = [[int(n) for n in line.split("\t")] for line in lines]
names, wrong = head.split("\t")[1:], []


def growth(points):
    """Growth in a minute: the least of each half minute, and the median of the slopes between them."""
    least = {}
    for at, value in points:
        least[at // 30] = min(value, least.get(at // 30, value))
    pairs = itertools.combinations(sorted(least.items()), 2)
    return statistics.median(2 * (b - a) / (j - i) for (i, a), (j, b) in pairs)


step = max(1, len(samples) // 20)
print("| " + head.replace("\t", " | ") + " |\n|" + "---|" * 5)
for row in samples[step - 1 :: step]:
    print("| " + " | ".join(map(str, row)) + " |")
judged = [row for row in samples if row[0] >= 60]
if len(judged) < (seconds - 60) // 5 - 2:
    wrong.append(f"{len(judged)} samples after the first minute are too few")
else:
    print("\n| after the first minute | growth in a minute | at most | from | to |\n|---|---|---|---|---|")
    for place, name in enumerate(names, 1):
        most = float(os.environ["MEMORY_KIB" if name.endswith("KiB") else "SOCKETS"])
        grows = growth([(row[0], row[place]) for row in judged])
        values = [row[place] for row in judged]
        print(f"| {name} | {grows:+.2f} | {most:g} | {min(values)} | {max(values)} |")
        if grows > most:
            wrong.append(f"{name} grows by {grows:.2f} a minute, {most:g} are allowed")
load = json.loads((out / "record.json").read_text())["load"]
print(f"\n{load['asked']} calls asked, {load['sent']} sent, {load['achieved']} answered; p99 {load['overall']['response']['p99'] / 1e3:.2f} ms; valid: {load['valid']}")
if not load["asked"] == load["sent"] == load["achieved"] == seconds * rate:
    wrong.append(f"{seconds * rate} calls were to be sent and answered")
if code not in (0, 4):
    wrong.append(f"hallmark ended with {code}")
for one in wrong:
    print(f"soak: {one}", file=sys.stderr)
sys.exit(1 if wrong else 0)
EOF
