#!/usr/bin/env bash
# Thousands of short-lived producers against a real weir up, some killed in the middle of a request: does its listener survive them?
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<EOF
Usage: deploy/churn.sh [--clients N] [--concurrency N] [--seed N] [--transport plain|tls|both] [--programs DIR]

Starts a weir up on loopback ports of its own, lets N producers (default 10000) come and go, plain and then with TLS, and starts it again when
it asks for that (exit code 75). Then every producer that waited must have been answered, everything that was acknowledged must be counted,
and accepted = counted + duplicate + quarantined must hold. Prints what happened: answers, the longest wait, listeners made anew, restarts.

  --programs DIR  weir, weirctl and weir-churn that are built already (default: builds a release)

Exit codes: 0 all of that holds, 1 not, 64 wrong usage.

Example:
  deploy/churn.sh --clients 2000 --transport tls --programs .build/debug
EOF
}

clients=10000 concurrency=16 seed=1 transport=both programs=
while [ $# -gt 0 ]; do
    case $1 in
        --clients) clients=${2:?}; shift 2 ;;
        --concurrency) concurrency=${2:?}; shift 2 ;;
        --seed) seed=${2:?}; shift 2 ;;
        --transport) transport=${2:?}; shift 2 ;;
        --programs) programs=${2:?}; shift 2 ;;
        -h | --help) usage; exit 0 ;;
        *) echo "error: $1 is not known; see --help" >&2; exit 64 ;;
    esac
done
case $transport in
    plain | tls) transports=("$transport") ;;
    both) transports=(plain tls) ;;
    *) echo "error: --transport $transport: use plain, tls or both" >&2; exit 64 ;;
esac
if [ -z "$programs" ]; then
    for product in weir weirctl weir-churn; do swift build -c release --product "$product"; done
    programs=$(swift build -c release --show-bin-path)
fi

work=$(mktemp -d /tmp/weir-churn-XXXXXX)
supervisor=0
stop() {
    [ $supervisor -eq 0 ] || { kill -TERM "$supervisor" 2>/dev/null || true; wait "$supervisor" 2>/dev/null || true; }
    supervisor=0
}
trap 'stop; rm -rf "$work"' EXIT

# supervise ARGUMENTS...: runs weir up, and again after exit code 75; its other ends are the end.
supervise() {
    local child=0 code
    trap 'kill -TERM $child 2>/dev/null; wait $child; exit 0' TERM
    while true; do
        "$programs/weir" up "$@" 2>>"$work/log" &
        child=$!
        code=0
        wait $child || code=$?
        echo $code >>"$work/ends"
        [ $code -eq 75 ] || exit $code
    done
}

failed=0
for kind in "${transports[@]}"; do
    rm -rf "$work"/*
    touch "$work/log" "$work/ends"
    arguments=() control_arguments=() client_arguments=() scheme=tcp
    if [ "$kind" = tls ]; then
        deploy/certificates.sh --dir "$work/certificates" >/dev/null
        cat "$work/certificates/client.pem" "$work/certificates/client.key" >"$work/certificates/identity"
        scheme=tls+tcp
        for name in ca:ca.pem certificate:node.pem key:node.key; do
            arguments+=("--tls-${name%%:*}" "$work/certificates/${name#*:}")
        done
        client_arguments=(--ca "$work/certificates/ca.pem" --identity "$work/certificates/identity")
    fi
    # The port is chosen once, so that it is the same after a restart.
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    ingest=$scheme://127.0.0.1:$port
    control=ipc://$work/control
    supervise --data "$work/data" --http off --ingest "$ingest" --control "$control" --intents "ipc://$work/intents" \
        --max-lateness unlimited --dedup-horizon unlimited "${arguments[@]}" &
    supervisor=$!
    for _ in $(seq 600); do grep -q "weir: ready" "$work/log" && break; sleep 0.1; done

    result=$("$programs/weir-churn" "$ingest" --clients "$clients" --concurrency "$concurrency" --seed "$seed" \
        "${client_arguments[@]}") || failed=1
    "$programs/weirctl" flush --to "$control" >/dev/null || failed=1
    status=$("$programs/weirctl" status --to "$control" --json) || failed=1
    rebuilds=$(grep -c "stopped answering and is made anew" "$work/log" || true)
    restarts=$(grep -c '^75$' "$work/ends" || true)
    python3 - "$kind" "$result" "$status" "$rebuilds" "$restarts" <<'EOF' || failed=1
import json, sys
kind, churn, status, rebuilds, restarts = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3]), *sys.argv[4:6]
events = status["events"]
print(f"{kind}: {churn['clients']} clients in {churn['seconds']} s "
      f"({churn['closes']} closed, {churn['exits']} ended without closing, {churn['killed']} killed, {churn['leaves']} left without waiting, "
      f"{churn['babbles']} sent no request)")
print(f"  answered {churn['answered']} of {churn['waited']} that waited, longest {churn['longest_ms']} ms; "
      f"{churn['refused']} refused, {churn['unanswered']} unanswered, {churn['broken']} broken, "
      f"{churn['close_hung']} clients hung in libnng's close")
print(f"  listeners made anew {rebuilds}, restarts {restarts}")
print(f"  accepted {events['accepted']} = counted {events['counted']} + duplicate {events['duplicate']} + quarantined {events['quarantined']}")
problems = []
if churn["answered"] != churn["waited"]: problems.append("not everyone was answered")
if events["counted"] < churn["answered"]: problems.append("something acknowledged is not counted")
if events["counted"] > churn["clients"]: problems.append("something is counted twice")
if events["quarantined"] != 0: problems.append("something is quarantined")
if events["accepted"] != events["counted"] + events["duplicate"] + events["quarantined"]: problems.append("the sum does not hold")
print("  " + ("all well" if not problems else "FAILED: " + "; ".join(problems)))
sys.exit(1 if problems else 0)
EOF
    stop
    [ -s "$work/ends" ] && ! grep -qvE '^(0|75)$' "$work/ends" || [ ! -s "$work/ends" ] || { echo "  weir up ended with $(cat "$work/ends")"; failed=1; }
done
exit $failed
