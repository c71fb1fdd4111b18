#!/usr/bin/env bash
# Measures Weir on this machine, and prints a table in markdown: medians of several runs with their spread.
#
#   deploy/bench.sh [--runs N] [--events N] [--seed N] [--no-build] [--out FILE]
#
# Builds a release, generates its input (equal for equal seeds), and measures weir aggregate, weir up with a producer beside it, and the
# hot loops as a share of what simdjson alone needs for the same lines in the same run. Takes a few minutes; on a machine with other
# work trust the processor times and the shares, and not the rates. Exit codes: 0 measured, 1 something failed, 64 wrong usage.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
runs=5 events=1000000 seed=1 build=yes out=/dev/stdout
usage() { sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//'; }
while [ $# -gt 0 ]; do
    case "$1" in
    --runs) runs="$2"; shift 2 ;;
    --events) events="$2"; shift 2 ;;
    --seed) seed="$2"; shift 2 ;;
    --out) out="$2"; shift 2 ;;
    --no-build) build=no; shift ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
    esac
done
if [ $build = yes ]; then
    for product in weir weirctl weirload weir-bench; do
        swift build --package-path "$root" -c release --product "$product" >&2
    done
fi
bin="$(swift build --package-path "$root" -c release --show-bin-path)"
work="$(mktemp -d)"
node=0
cleanup() {
    [ $node -eq 0 ] || kill -KILL $node 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
ticks="$(getconf CLK_TCK)"

# "median (least–most)" of the numbers on standard input.
summary() {
    sort -g | awk -v format="${1:-%.0f}" '{ v[NR] = $1 } END {
        m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
        printf format " (" format "–" format ")", m, v[1], v[NR] }'
}
generate() { "$bin/weirload" generate --events "$1" --seed "$seed" "$2" 2>/dev/null; }
# Runs a command; prints "wall user+sys maxrss_kb".
timed() {
    local TIMEFORMAT='%R %U %S'
    { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print $1, $2 + $3 }'
}

for size in 10000 100000 "$events"; do generate "$size" "$work/$size.ndjson"; done

{
    echo "| what | median (least–most) of $runs |"
    echo "|---|---|"

    for threads in 1 $(nproc); do
        : >"$work/rate"; : >"$work/cpu"
        for _ in $(seq "$runs"); do
            read -r wall cpu < <(timed "$bin/weir" aggregate --threads "$threads" "$work/$events.ndjson")
            awk -v n="$events" -v t="$wall" 'BEGIN { print n / t }' >>"$work/rate"
            awk -v n="$events" -v t="$cpu" 'BEGIN { print t * 1e9 / n }' >>"$work/cpu"
        done
        echo "| weir aggregate, $threads threads, events/s | $(summary <"$work/rate") |"
        echo "| weir aggregate, $threads threads, processor ns/event | $(summary <"$work/cpu") |"
    done
    for size in 10000 100000; do
        : >"$work/cpu"
        for _ in $(seq "$runs"); do
            read -r _ cpu < <(timed "$bin/weir" aggregate --threads 1 "$work/$size.ndjson")
            awk -v n="$size" -v t="$cpu" 'BEGIN { print t * 1e9 / n }' >>"$work/cpu"
        done
        echo "| weir aggregate, $size events with the start of the process, processor ns/event | $(summary <"$work/cpu") |"
    done

    : >"$work/rate"; : >"$work/cpu"; : >"$work/rss"; : >"$work/disk"
    for _ in $(seq "$runs"); do
        rm -rf "$work/data"
        "$bin/weir" up --data "$work/data" --ingest "ipc://$work/in" --control "ipc://$work/control" \
            --intents "ipc://$work/intents" --http off >"$work/log" 2>&1 &
        node=$!
        for _ in $(seq 100); do
            "$bin/weirctl" status --to "ipc://$work/control" >/dev/null 2>&1 && break
            sleep 0.1
        done
        before="$(awk '{ print $14 + $15 }' /proc/$node/stat)"
        "$bin/weirctl" send --json --ingest "ipc://$work/in" "$work/$events.ndjson" >"$work/sent"
        after="$(awk '{ print $14 + $15 }' /proc/$node/stat)"
        sed 's/.*"accepted":\([0-9]*\).*"seconds":\([0-9.e-]*\).*/\1 \2/' "$work/sent" | awk '{ print $1 / $2 }' >>"$work/rate"
        awk -v n="$events" -v d=$((after - before)) -v hz="$ticks" 'BEGIN { print d / hz * 1e9 / n }' >>"$work/cpu"
        awk '/VmHWM/ { print $2 / 1024 }' "/proc/$node/status" >>"$work/rss"
        find "$work/data" -name '*.journal' -printf '%s\n' | awk -v n="$events" '{ s += $1 } END { print s / n }' >>"$work/disk"
        kill -TERM $node
        wait $node || true
        node=0
    done
    echo "| weir up, acknowledged after fsync, events/s | $(summary <"$work/rate") |"
    echo "| weir up, processor ns/event of the node | $(summary <"$work/cpu") |"
    echo "| weir up, most memory, MiB | $(summary <"$work/rss") |"
    echo "| journal, bytes/event | $(summary %.1f <"$work/disk") |"
} >"$out"

{
    echo
    echo "Hot loops, one thread; the share is of \`json\`, simdjson alone on the same lines in the same run:"
    echo
    echo '```'
    "$bin/weir-bench" --runs $((runs * 3)) "$work/100000.ndjson"
    echo '```'
} >>"$out"
