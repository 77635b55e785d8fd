#!/usr/bin/env bash
# How many tools/call reads the mock answers per second of one core: the server on core 0, wrk on core 1.
#
#     ci/mock_speed.sh [HALLMARK]        (default: target/release/hallmark)
#
# Identities list their workspaces over keep-alive connections, with authentication, limits that nobody reaches, and the
# trail on. Two figures for each case: answers per second as wrk saw them, and what a core would do by the CPU time that
# the server took for them. Where other programs run beside it, only the second means much.
# SECONDS_EACH: length of a case (default 5). Needs wrk, taskset and python3.
set -euo pipefail
cd "$(dirname "$0")/.."
hallmark=${1:-target/release/hallmark}
length=${SECONDS_EACH:-5}
work=$(mktemp -d)
trap 'kill "$mock" 2>/dev/null || true; rm -rf "$work"' EXIT

taskset -c 0 "$hallmark" mock --port 0 --seed 1 --load --identities 64 --limit 1000000/s \
    --ready-file "$work/ready.json" >/dev/null &
mock=$!
for _ in $(seq 100); do [ -s "$work/ready.json" ] && break; sleep 0.1; done

used() { awk '{ sum += $1 } END { printf "%d", sum / 1000 }' /proc/"$mock"/task/*/schedstat; }

printf '%-28s %12s %14s %14s\n' case answers/s us-per-answer per-core/s
for era in session stateless; do
    for credential in key oauth; do
        ci/mock_speed_requests.py "$work/ready.json" "$era" "$credential" > "$work/wrk.lua"
        origin=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["urls"]["origin"])' "$work/ready.json")
        taskset -c 1 wrk -t1 -c64 -d1s -s "$work/wrk.lua" "$origin" >/dev/null
        before=$(used)
        taskset -c 1 wrk -t1 -c64 -d"${length}s" -s "$work/wrk.lua" "$origin" > "$work/wrk.out"
        after=$(used)
        awk -v name="$era, $credential" -v used=$((after - before)) '
            /requests in/ { answers = $1 }
            /Requests\/sec/ { rate = $2 }
            /Non-2xx/ { print "answers other than 2xx:", $NF; bad = 1 }
            END { printf "%-28s %12d %14.1f %14d\n", name, rate, used / answers, 1e6 * answers / used; exit bad }
        ' "$work/wrk.out"
    done
done
