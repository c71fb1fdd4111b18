#!/usr/bin/env bash
# Starts a small cluster of separate processes on this machine, to try it out; Ctrl-C stops it, in order. A process that ends by itself is
# started again.
#
#   cluster.sh [--ingests N] [--workers N] [--executors N] [--data DIR] [--config FILE]
#
# The coordinator listens at tcp://127.0.0.1:7700; ingests at 7711, 7712, … and over HTTP at 8071, 8072, …; executors publish at 7721, 7722, ….
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
ingests=2 workers=3 executors=1 data=./weir-cluster config=()
usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; }
while [ $# -gt 0 ]; do
    case "$1" in
        --help | -h) usage; exit 0 ;;
        --ingests | --workers | --executors | --data | --config) [ $# -ge 2 ] || { usage >&2; exit 64; } ;;
        *) echo "unknown: $1" >&2; usage >&2; exit 64 ;;
    esac
    case "$1" in
        --ingests) ingests=$2 ;;
        --workers) workers=$2 ;;
        --executors) executors=$2 ;;
        --data) data=$2 ;;
        --config) config=(--config "$2") ;;
    esac
    shift 2
done

weir="${WEIR_PROGRAMS:-}"
for kind in release debug; do
    [ -n "$weir" ] || { [ -x "$root/.build/$kind/weir" ] && weir="$root/.build/$kind"; } || true
done
if [ -z "$weir" ]; then
    "$root/deploy/install.sh"
    for product in weir weirctl; do swift build --package-path "$root" -c release --product "$product"; done
    weir="$root/.build/release"
fi

control=tcp://127.0.0.1:7700
mkdir -p "$data"
supervisors=()

# Runs a node until the script ends. Its pid is that of the subshell's child, ended by the subshell.
run() {
    local name=$1
    shift
    (
        set +e
        child=
        trap 'trap - TERM; [ -n "$child" ] && kill -TERM "$child" 2>/dev/null; wait "$child"; exit 0' TERM
        trap '' INT
        while true; do
            # In a session of its own, so that Ctrl-C comes to this script alone, which stops nodes in order.
            setsid "$weir/weir" "$@" "${config[@]}" >>"$data/$name.log" 2>&1 &
            child=$!
            wait "$child"
            echo "$name ended with $?; starting it again, see $data/$name.log" >&2
            sleep 0.5
        done
    ) &
    supervisors+=($!)
}

stop() {
    trap - EXIT
    trap '' INT TERM  # Once is enough.
    echo "stopping" >&2
    # The coordinator last: the others tell it that they go.
    local index
    for ((index = ${#supervisors[@]} - 1; index >= 1; index--)); do kill -TERM "${supervisors[index]}" 2>/dev/null || true; done
    for ((index = ${#supervisors[@]} - 1; index >= 1; index--)); do wait "${supervisors[index]}" 2>/dev/null || true; done
    kill -TERM "${supervisors[0]}" 2>/dev/null || true
    wait "${supervisors[0]}" 2>/dev/null || true
    exit 0
}
trap stop INT TERM EXIT

run coordinator coordinator --listen $control --data "$data/coordinator"
for ((n = 1; n <= workers; n++)); do run worker-$n worker --name worker-$n --join $control --data "$data/worker-$n"; done
for ((n = 1; n <= ingests; n++)); do
    run ingest-$n ingest --name ingest-$n --join $control --listen tcp://127.0.0.1:$((7710 + n)) --http 127.0.0.1:$((8070 + n)) \
        --data "$data/ingest-$n"
done
for ((n = 1; n <= executors; n++)); do
    run executor-$n executor --name executor-$n --join $control --listen tcp://127.0.0.1:$((7720 + n)) --data "$data/executor-$n"
done

until "$weir/weirctl" status --to $control --timeout 1 2>/dev/null | grep -q '^ready'; do sleep 0.2; done
"$weir/weirctl" nodes --to $control
cat <<E2

  send events     $weir/weirctl send --ingest tcp://127.0.0.1:7711 Tests/Golden/basic.ndjson
  close windows   $weir/weirctl flush
  look at them    $weir/weirctl windows
  try             $weir/weirctl drain worker-2        kill -9 a process and watch $weir/weirctl nodes
  logs            $data/*.log
Stop the cluster with Ctrl-C.
E2
wait
