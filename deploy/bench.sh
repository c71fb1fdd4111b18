#!/usr/bin/env bash
# Measures Weir on this machine, and prints tables in markdown: medians of several runs, with their spread.
#
#   deploy/bench.sh [--quick] [--runs N] [--events N] [--seed N] [--bin DIR] [--only LIST] [--out FILE]
#
# Builds a release (or takes the programs of DIR), generates its input (equal for equal seeds) and measures, in this order:
#
#   aggregate    weir aggregate, file to records: events/s with one thread and one a core, beside simdjson alone and wc -l on the
#                same file in the same round
#   growth       what an event costs as the input grows, in processor time and, where valgrind, strip and clang are installed, in
#                instructions
#   generate     weirload generate, events/s
#   up           weir up with its producer on the same machine, acknowledged after fsync, windows checked afterwards
#   windows      latency of windows at 100,000 events/s, and the coordinator's processor time at 10,000, 100,000 and 500,000
#   spread       processor time of an event with 1 to 256 shards and 1 to 8 workers
#   memory       of weir up at 50,000 events/s, for longer than the dedup horizon
#   loops        the hot loops alone, as a share of what simdjson alone needs for the same lines
#   lines        requests over one line between two nodes, with the proofs of secrets as a share of those without
#
# --quick is a look at everything in about three minutes: one run of each, short ones, so no figures to publish. The whole takes up to
# 25 minutes and 7 GB in TMPDIR. --only aggregate,up measures some of it. On a machine with other work trust the processor times and
# the ratios, and not the rates. Progress goes to stderr, when that is a terminal.
#
# Exit codes: 0 measured, 1 something failed, 64 wrong usage.
#
# Examples:
#   deploy/bench.sh --out bench.md
#   deploy/bench.sh --quick --only up,windows
#   deploy/bench.sh --bin .build/release --runs 3
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
runs='' events=1000000 seed=1 bin='' out='' only='' quick=no
usage() { sed -n '2,/^set -/{/^set -/!p}' "$0" | sed 's/^# \{0,1\}//'; }
wrong() { echo "bench.sh: $1; see --help" >&2; exit 64; }
number() { [[ "$2" =~ ^[1-9][0-9]*$ ]] || wrong "$1 $2: a number from 1 on is needed"; }
while [ $# -gt 0 ]; do
    case "$1" in
    --quick) quick=yes; shift; continue ;;
    --help | -h) usage; exit 0 ;;
    --runs | --events | --seed | --bin | --only | --out) [ $# -ge 2 ] || wrong "$1 needs a value" ;;
    *) wrong "$1: unknown" ;;
    esac
    case "$1" in
    --runs) number "$1" "$2"; runs="$2" ;;
    --events) number "$1" "$2"; events="$2" ;;
    --seed) number "$1" "$2"; seed="$2" ;;
    --bin) bin="$2" ;;
    --only) only="$2" ;;
    --out) out="$2" ;;
    esac
    shift 2
done
parts="aggregate growth generate up windows spread memory loops lines"
for part in ${only//,/ }; do
    [[ " $parts " == *" $part "* ]] || wrong "--only $part: there is $parts"
done
wants() { [ -z "$only" ] || [[ ",$only," == *",$1,"* ]]; }

# How much of each: runs, lines that are sent at the highest rate, seconds of the runs at a rate, the largest input.
if [ $quick = yes ]; then
    runs="${runs:-1}" sent=500000 latency_s=21 coordinator_s=8 memory_s=20 largest=$events loops=3
else
    runs="${runs:-5}" sent=4000000 latency_s=62 coordinator_s=17 memory_s=330 largest=$((events * 10)) loops=15
fi

for tool in python3 awk; do
    command -v $tool >/dev/null || { echo "bench.sh: $tool is missing; install it with apt-get install $tool" >&2; exit 1; }
done
if [ -z "$bin" ]; then
    for product in weir weirctl weirload weir-bench; do
        swift build --package-path "$root" -c release --product "$product" >&2
    done
    bin="$(swift build --package-path "$root" -c release --show-bin-path)"
fi
for program in weir weirctl weirload weir-bench; do
    [ -x "$bin/$program" ] || { echo "bench.sh: $bin/$program is missing; build it, or leave --bin out" >&2; exit 1; }
done
work="$(mktemp -d)"
node=0
cleanup() {
    [ $node -eq 0 ] || kill -KILL $node 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
trap 'echo "bench.sh: line $LINENO failed: $BASH_COMMAND" >&2' ERR
cores="$(nproc)"
table="$work/table.md"
note() { [ ! -t 2 ] || echo "… $*" >&2; }
row() { echo "| $1 | $2 | ${3:-} |" >>"$table"; }
fail() { echo "bench.sh: $1" >&2; exit 1; }

# "median (least–most)" of the numbers on standard input; and the median alone.
summary() {
    sort -g | awk -v format="${1:-%.0f}" '{ v[NR] = $1 } END {
        m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
        printf format " (" format "–" format ")", m, v[1], v[NR] }'
}
median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
# Numbers in millions, for rates.
millions() { awk '{ print $1 / 1e6 }' "$1" | summary "%.2f"; }
per() { awk -v a="$1" -v b="$2" -v scale="${3:-1}" 'BEGIN { printf "%.6g\n", a / b * scale }'; }
generate() { "$bin/weirload" generate --events "$1" --seed "$seed" "$2" 2>/dev/null; }
input() {
    [ -s "$work/$1.ndjson" ] || { note "$1 events are generated"; generate "$1" "$work/$1.ndjson"; }
    cat "$work/$1.ndjson" >/dev/null # Into the page cache.
}
# Runs a command; prints "seconds of wall clock, of processor".
timed() {
    local TIMEFORMAT='%R %U %S'
    { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print $1, $2 + $3 }'
}
# Nanoseconds of one hot loop on a file.
loop() { "$bin/weir-bench" --runs 3 --loop "$1" "$2" | awk -v name="$1" '$1 == name { print $2 }'; }
# Instructions of weir aggregate on a file. Two things of Debian's valgrind (3.19) are in the way: it ends at the DWARF that Swift writes, so
# it gets a copy without; and it writes into the mask that sigsuspend is given, which in libdispatch is read-only.
counts_instructions() { command -v valgrind && command -v strip && command -v clang; } >/dev/null
instructions() {
    if [ ! -x "$work/weir" ]; then
        clang -shared -fPIC -x c -o "$work/sigsuspend.so" - <<'EOF'
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
int sigsuspend(const sigset_t *mask) {
    sigset_t copy = *mask;
    return (int)syscall(SYS_rt_sigsuspend, &copy, 8);
}
EOF
        strip --strip-debug -o "$work/weir" "$bin/weir"
    fi
    LD_PRELOAD="$work/sigsuspend.so" valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$work/weir" aggregate --threads 1 "$1" >"$work/callgrind" 2>&1 || true
    awk '/Collected :/ { print $4; found = 1 } END { exit !found }' "$work/callgrind" ||
        { cat "$work/callgrind" >&2; fail "valgrind did not count the instructions of weir aggregate"; }
}

# Starts weir up, with options, and waits until it takes events.
up() {
    rm -rf "$work/data"
    "$bin/weir" up --data "$work/data" --ingest "ipc://$work/in" --control "ipc://$work/control" \
        --intents "ipc://$work/intents" --http off "$@" >"$work/log" 2>&1 &
    node=$!
    for _ in $(seq 300); do
        "$bin/weirctl" status --to "ipc://$work/control" 2>/dev/null | grep -q '^ready' && return
        kill -0 $node 2>/dev/null || { cat "$work/log" >&2; node=0; fail "weir up ended"; }
        sleep 0.1
    done
    cat "$work/log" >&2
    fail "weir up was not ready within 30 s"
}
down() {
    kill -TERM $node
    wait $node || true
    node=0
}
# Sends load to the node; the report is in $work/run.json. Exit code 3, windows that differ, is a failure of everything.
load() {
    local code=0
    "$bin/weirload" run --ingest "ipc://$work/in" --control "ipc://$work/control" --intents "ipc://$work/intents" \
        --pid $node --seed "$seed" --quiet --json "$work/run.json" "$@" >"$work/load.log" 2>&1 || code=$?
    [ $code -eq 0 ] || { cat "$work/load.log" >&2; fail "weirload run ended with $code"; }
}
# A figure of the report, by its path.
figure() {
    python3 -c '
import json, sys
value = json.load(open(sys.argv[1]))
for key in sys.argv[2].split("."):
    value = value[int(key)] if isinstance(value, list) else (value or {}).get(key)
print(value if value is not None else "nan")' "$work/run.json" "$1"
}

began=$(date +%s)
{
    echo "$runs runs of each, $(date -u +%Y-%m-%d), $cores cores ($(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo)), load at the start $(cut -d' ' -f1 /proc/loadavg)."
    [ $quick = no ] || echo "A quick look: single short runs."
    echo
    echo "| what | median (least–most) | beside it |"
    echo "|---|---|---|"
} >"$table"

if wants aggregate; then
    input "$events"
    for name in json wc one all one.cpu all.cpu; do : >"$work/$name"; done
    for run in $(seq "$runs"); do
        note "weir aggregate, round $run of $runs"
        per 1e9 "$(loop json "$work/$events.ndjson")" >>"$work/json"
        read -r wall _ < <(timed wc -l "$work/$events.ndjson")
        per "$events" "$wall" >>"$work/wc"
        read -r wall cpu < <(timed "$bin/weir" aggregate --threads 1 "$work/$events.ndjson")
        per "$events" "$wall" >>"$work/one"
        per "$cpu" "$events" 1e9 >>"$work/one.cpu"
        read -r wall cpu < <(timed "$bin/weir" aggregate --threads "$cores" "$work/$events.ndjson")
        per "$events" "$wall" >>"$work/all"
        per "$cpu" "$events" 1e9 >>"$work/all.cpu"
    done
    json="$(median <"$work/json")"
    share() { per "$(median <"$work/$1")" "$json" | awk '{ printf "%.2f of simdjson alone on one core", $1 }'; }
    row "simdjson alone, line by line, one core, M events/s" "$(millions "$work/json")"
    row "\`wc -l\`, M lines/s" "$(millions "$work/wc")"
    row "\`weir aggregate\`, 1 thread, M events/s" "$(millions "$work/one")" "$(share one)"
    row "\`weir aggregate\`, $cores threads, M events/s" "$(millions "$work/all")" "$(share all)"
    row "\`weir aggregate\`, 1 thread, processor ns/event" "$(summary <"$work/one.cpu")"
    row "\`weir aggregate\`, $cores threads, processor ns/event" "$(summary <"$work/all.cpu")"
fi

if wants growth; then
    printf '' >"$work/empty.ndjson"
    sizes="10000 100000 1000000"
    [ "$largest" -le 1000000 ] || sizes="$sizes $largest"
    for size in $sizes; do
        input "$size"
        : >"$work/cpu"
        for run in $(seq "$runs"); do
            note "$size events, round $run of $runs"
            read -r _ base < <(timed "$bin/weir" aggregate --threads 1 "$work/empty.ndjson")
            read -r _ cpu < <(timed "$bin/weir" aggregate --threads 1 "$work/$size.ndjson")
            per "$(awk -v a="$cpu" -v b="$base" 'BEGIN { print a - b }')" "$size" 1e9 >>"$work/cpu"
        done
        counted=''
        if [ "$size" -le 1000000 ] && counts_instructions; then
            note "$size events under callgrind"
            base="${base_instructions:=$(instructions "$work/empty.ndjson")}"
            all="$(instructions "$work/$size.ndjson")"
            counted="$(awk -v a="$all" -v b="$base" -v n="$size" 'BEGIN { printf "%.0f instructions/event", (a - b) / n }')"
        fi
        row "an event of $size, processor ns without the start of the process" "$(summary <"$work/cpu")" "$counted"
        [ "$size" -le "$events" ] || rm "$work/$size.ndjson"
    done
fi

if wants generate; then
    : >"$work/rate"
    for run in $(seq "$runs"); do
        note "weirload generate, round $run of $runs"
        read -r wall _ < <(timed "$bin/weirload" generate --events "$events" --seed "$seed" "$work/generated.ndjson")
        per "$events" "$wall" >>"$work/rate"
        rm "$work/generated.ndjson"
    done
    row "\`weirload generate\`, M events/s" "$(millions "$work/rate")"
fi

# All events as fast as the node takes them, written beforehand.
flood() { load --rate 5000000 --events "$sent" --batch 1000 --connections 4 --in-flight 8 --pregenerate --warm-up 0 --verify counts; }

if wants up; then
    for name in rate cpu producer disk; do : >"$work/$name"; done
    for run in $(seq "$runs"); do
        note "weir up, round $run of $runs"
        up
        flood
        figure acknowledged_per_second >>"$work/rate"
        seconds="$(figure measured_seconds)"
        awk -v c="$(figure processes.0.cpu_seconds)" -v n="$sent" 'BEGIN { print c / n * 1e9 }' >>"$work/cpu"
        awk -v c="$(figure harness.cores)" -v s="$seconds" -v n="$sent" 'BEGIN { print c * s / n * 1e9 }' >>"$work/producer"
        find "$work/data" -name '*.journal' -printf '%s\n' | awk -v n="$sent" '{ s += $1 } END { print s / n }' >>"$work/disk"
        down
    done
    row "\`weir up\`, acknowledged after fsync, M events/s" "$(millions "$work/rate")" "the producer on the same $cores cores"
    row "\`weir up\`, processor ns/event of the node" "$(summary <"$work/cpu")" "$(summary <"$work/producer") of the producer"
    row "journal, bytes/event" "$(summary %.1f <"$work/disk")"
fi

if wants windows; then
    for rate in 10000 100000 500000; do
        seconds=$coordinator_s
        [ $rate -ne 100000 ] || seconds=$latency_s
        for name in cpu node window ack kept; do : >"$work/$name"; done
        for run in $(seq "$runs"); do
            note "$rate events/s for $seconds s, round $run of $runs"
            up
            load --rate $rate --duration ${seconds}s --batch 500 --connections 4 --in-flight 8 --verify counts --drain 20s
            measured="$(figure measured_seconds)"
            awk -v c="$(figure processes.0.thread_cpu_seconds.coordinator)" -v s="$measured" 'BEGIN { print c / s * 1000 }' >>"$work/cpu"
            figure processes.0.cores >>"$work/node"
            figure window_latency.p99_ms >>"$work/window"
            figure latency.p99_ms >>"$work/ack"
            figure acknowledged_per_second >>"$work/kept"
            down
        done
        row "coordinator at $rate events/s, ms of processor a second" "$(summary %.0f <"$work/cpu")" \
            "$(summary %.2f <"$work/node") cores of the node in all; $(median <"$work/kept" | awk '{ printf "%.0f", $1 }') events/s acknowledged"
        [ $rate -ne 100000 ] || row "window latency at $rate events/s, p99, ms" "$(summary %.1f <"$work/window")" \
            "acknowledgement p99 $(summary %.1f <"$work/ack") ms"
    done
fi

if wants spread; then
    for options in "--shards 1" "--shards 64" "--shards 256" "--workers 1" "--workers 2" "--workers 4" "--workers 8"; do
        note "weir up $options"
        # shellcheck disable=SC2086
        up $options
        flood
        row "\`weir up $options\`, processor ns/event of the node" \
            "$(awk -v c="$(figure processes.0.cpu_seconds)" -v n="$sent" 'BEGIN { printf "%.0f", c / n * 1e9 }')" "one run"
        down
    done
fi

if wants memory; then
    note "50,000 events/s for $memory_s s"
    up
    load --rate 50000 --duration ${memory_s}s --batch 500 --connections 4 --in-flight 8 --verify none
    row "memory of \`weir up\` at 50000 events/s after $memory_s s, MiB" "$(per "$(figure processes.0.memory_max_bytes)" 1048576 | awk '{ printf "%.0f", $1 }')" "one run"
    down
fi

if wants loops; then
    input 100000
    note "hot loops"
    {
        echo
        echo "Hot loops, one thread; the share is of \`json\`, simdjson alone on the same lines in the same run:"
        echo
        echo '```'
        "$bin/weir-bench" loops --runs "$loops" "$work/100000.ndjson"
        echo '```'
    } >>"$table"
fi

if wants lines; then
    note "lines between nodes"
    {
        echo
        echo "Requests over one line between two nodes; the shares are of those with a checksum alone, in the same turns:"
        echo
        echo '```'
        "$bin/weir-bench" lines --runs "$loops"
        echo '```'
    } >>"$table"
fi
echo >>"$table"
echo "Measured in $((($(date +%s) - began + 30) / 60)) minutes by \`deploy/bench.sh\`." >>"$table"

if [ -n "$out" ]; then cp "$table" "$out"; else cat "$table"; fi
