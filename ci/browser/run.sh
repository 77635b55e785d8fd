#!/usr/bin/env bash
# The HTML report and `hallmark login` in a real browser.
#
#   ci/browser/run.sh               everything
#   ci/browser/run.sh --shots DIR   also leaves pictures: light, dark, phone, and the printed page;
#                                 of the logins also what the terminal said
#
# Draws pages of real runs on the mock (healthy, with defects, cut short, as one file) and takes the golden ones of
# reports/golden/html; look.mjs opens each in headless Chromium. login.mjs goes a person's way through a login at the
# mock: approved, narrowed, denied, by keyboard, pasted, with a foreign answer, forgotten, interrupted, left alone.
# HALLMARK: the binary. Installs what is missing: Chromium when root on Debian, the packages of package-lock.json.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
shots=
[[ ${1:-} != --shots ]] || shots=${2:?--shots DIR}

need() { command -v "$1" >/dev/null; }

missing=()
need chromium || missing+=(chromium)
need npm || missing+=(nodejs npm)
need xdg-open || missing+=(xdg-utils)
need script || missing+=(bsdutils)
if [[ ${#missing[@]} -gt 0 ]]; then
  if [[ $(id -u) -ne 0 ]] || ! need apt-get; then
    echo "missing here: ${missing[*]}" >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
# A package that is there in another version than the lock file's is no reason to go on.
(cd "$here" && npm ls --silent >/dev/null 2>&1) ||
  (cd "$here" && npm ci --silent --no-audit --no-fund --ignore-scripts)

if [[ -z ${HALLMARK:-} ]]; then
  (cd "$root" && cargo build --locked)
  HALLMARK=$root/target/debug/hallmark
fi

pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT

# drawn NAME CODE ARG…: the page of a real run that ends with that exit code.
drawn() {
  local name=$1 want=$2 code=0
  shift 2
  "$HALLMARK" run --seed 7 --quiet --color never --out "$pages/$name" "$@" >"$pages/$name.txt" 2>&1 || code=$?
  if [[ $code -ne $want ]]; then
    cat "$pages/$name.txt" >&2
    echo "run for $name: exit $code instead of $want" >&2
    exit 1
  fi
}

drawn healthy 0
drawn defects 1 --defect scheme-optional --defect query-extractor --defect header-500 --defect public-cache \
  --defect 403-bare --defect bcrypt-72
# A run that was killed leaves its events; of half of them the page must still say so.
mkdir "$pages/cut"
head -n "$(($(wc -l <"$pages/defects/events.ndjson") / 2))" "$pages/defects/events.ndjson" >"$pages/cut/events.ndjson"
"$HALLMARK" report "$pages/cut/events.ndjson" --report html
mkdir "$pages/single"
"$HALLMARK" report "$pages/defects/record.json" --report html-single="$pages/single/index.html"

# Five thousand checks: the checks of a run again and again, as other rows.
mkdir "$pages/large"
node - "$pages/defects/record.json" "$pages/large/record.json" <<'JS'
const [from, to] = process.argv.slice(2);
const { readFileSync, writeFileSync } = require("node:fs");
const record = JSON.parse(readFileSync(from, "utf8"));
const { checks } = record;
record.checks = Array.from({ length: 5000 }, (_, at) => {
  const check = checks[at % checks.length];
  return { ...check, case: `${check.case}-${Math.floor(at / checks.length)}` };
});
writeFileSync(to, JSON.stringify(record));
JS
"$HALLMARK" report "$pages/large/record.json" --report html

for golden in "$root"/reports/golden/html/*.snap; do
  name=golden-$(basename "$golden" .snap)
  mkdir "$pages/$name"
  # What stands below the head of a snapshot is the page.
  awk 'page { print } /^---$/ && ++rules == 2 { page = 1 }' "$golden" >"$pages/$name/index.html"
  cp "$root/reports/src/html/style.css" "$pages/$name/"
  echo '{}' >"$pages/$name/record.json"
done

bad=0
node "$here/look.mjs" "$pages" ${shots:+"$shots"} || bad=1
node "$here/login.mjs" "$HALLMARK" ${shots:+"$shots"} || bad=1
exit "$bad"
