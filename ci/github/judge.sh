#!/usr/bin/env bash
# One step of the composite action: runs Hallmark, annotates, writes the step summary, hands the exit code on.
set -uo pipefail

arguments=(run --out "$OUT" --report github --report "sarif=$OUT/hallmark.sarif" --color never)
[[ -z $TARGET ]] || arguments+=(--target "$TARGET")
[[ -z $URL ]] || arguments+=(--url "$URL")
[[ -z $BEARER_ENV ]] || arguments+=(--bearer-env "$BEARER_ENV")
read -r -a further <<<"${ARGUMENTS//$'\n'/ }"
if [[ -z $TARGET && -z $URL ]]; then
  echo "::error::give the action a target or a url"
  exit 2
fi

code=0
# Annotations are workflow commands on stdout; what a person reads comes on stderr. The log shows both.
"$HALLMARK" "${arguments[@]}" ${further[@]+"${further[@]}"} || code=$?
[[ ! -f $OUT/report.md ]] || cat "$OUT/report.md" >>"$GITHUB_STEP_SUMMARY"
echo "exit-code=$code" >>"$GITHUB_OUTPUT"
exit "$code"
