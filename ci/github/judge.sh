#!/usr/bin/env bash
# One step of the composite action: runs Hallmark, or merges the shards of a run; annotates, writes the step summary,
# hands the exit code on.
set -uo pipefail

drawn=(--report github --report "sarif=$OUT/hallmark.sarif")
code=0
if [[ -n $MERGE ]]; then
  shopt -s nullglob globstar
  "$HALLMARK" report merge "$MERGE"/**/record.json --out "$OUT/record.json" || code=$?
  # Without all shards there is no record, and what is missing was said.
  if [[ -f $OUT/record.json ]]; then
    "$HALLMARK" report "$OUT/record.json" "${drawn[@]}" --report "junit=$OUT/TEST-hallmark.xml" --report "markdown=$OUT/report.md" --report "html=$OUT"
  fi
else
  if [[ -z $TARGET && -z $URL ]]; then
    echo "::error::give the action a target, a url, or shards to merge"
    exit 2
  fi
  arguments=(run --out "$OUT" "${drawn[@]}" --color never)
  [[ -z $TARGET ]] || arguments+=(--target "$TARGET")
  [[ -z $URL ]] || arguments+=(--url "$URL")
  [[ -z $BEARER_ENV ]] || arguments+=(--bearer-env "$BEARER_ENV")
  [[ -z $SHARD ]] || arguments+=(--shard "$SHARD")
  [[ ! -f $BASELINE ]] || arguments+=(--baseline "$BASELINE")
  read -r -a further <<<"${ARGUMENTS//$'\n'/ }"
  # Annotations are workflow commands on stdout; what a person reads comes on stderr. The log shows both.
  "$HALLMARK" "${arguments[@]}" ${further[@]+"${further[@]}"} || code=$?
fi
[[ ! -f $OUT/report.md ]] || cat "$OUT/report.md" >>"$GITHUB_STEP_SUMMARY"
if [[ -n $BEFORE && -f $BEFORE && -f $OUT/record.json ]]; then
  "$HALLMARK" report compare "$BEFORE" "$OUT/record.json" --format markdown >"$OUT/compare.md" || true
  cat "$OUT/compare.md" >>"$GITHUB_STEP_SUMMARY"
fi
echo "exit-code=$code" >>"$GITHUB_OUTPUT"
exit "$code"
