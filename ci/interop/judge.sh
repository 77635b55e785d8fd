# What run.sh and clients/run.sh have in common: sourced by both, after $here (this folder), $root and $out are set.

# The binary that judges.
find_hallmark() {
  hallmark=${HALLMARK:-}
  if [[ -z $hallmark ]]; then
    (cd "$root" && cargo build --quiet --locked)
    hallmark=$root/target/debug/hallmark
  fi
}

# record NAME COMMAND ARG…: `hallmark COMMAND ARG…` into $out/NAME. Exit codes 0, 1 and 4 are verdicts; the comparison
# decides what they are worth. Anything else means that nothing was judged.
record() {
  local name=$1 command=$2 dir=$out/$1 code=0
  shift 2
  mkdir -p "$dir"
  rm -f "$dir/record.json"
  (cd "$root" && "$hallmark" "$command" --out "$dir" --report "record=$dir/record.json" --quiet --color never "$@") \
    >"$dir/console.txt" 2>&1 || code=$?
  case $code in
    0 | 1 | 4) ;;
    *)
      echo "$name: hallmark ended with $code" >&2
      cat "$dir/console.txt" >&2
      return 1
      ;;
  esac
  echo "$title" >"$dir/title.txt"
}

# compare NAME: what was recorded, held against expected/NAME.txt.
compare() { python3 "$here/compare.py" "$out/$1/record.json" "$here/expected/$1.txt"; }

# judge_each TITLE FUNCTION TABLE PAGE [--table] [NAME…]: FUNCTION for each name (default: all that `names` prints), and
# the table of PAGE, which follows from the records and the lists: written, or held against what stands there.
judge_each() {
  local title=$1 one=$2 table=$3 page=$4 write='' all='' passed=0 failed=0 name code
  shift 4
  if [[ ${1:-} == --table ]]; then write=--write && shift; fi
  if [[ $# -eq 0 ]]; then
    all=1
    local chosen
    mapfile -t chosen < <(names)
    set -- "${chosen[@]}"
  fi
  for name in "$@"; do
    set +e # not `if (…)`: inside a condition the subshell's own `set -e` would do nothing
    (
      set -e
      "$one" "$name"
    )
    code=$?
    set -e
    if [[ $code -eq 0 ]]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  done
  if [[ -n $all ]]; then
    python3 "$table" ${write:+"$write"} "$page" "$out" "$here/expected" "$@" || failed=$((failed + 1))
  fi
  echo "$title: $passed passed, $failed failed"
  [[ $failed -eq 0 ]]
}
