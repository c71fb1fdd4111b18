#!/usr/bin/env bash
# Does a node serve its producers and operators while thousands of strangers hold connections open on every port? connections.sh --help
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<EOF
Usage: deploy/connections.sh [--connections N] [--transport tcp|tls] [--programs DIR]

Starts a weir up on loopback ports of its own, and opens N connections (default 10000) on each of its ports in turn (ingest, control, intents,
HTTP). One half begin as the protocol does and then say nothing more, the other half say nothing at all. While they are held a batch has to be
acknowledged and counted, weirctl status and GET /ready have to answer. Who says nothing has to be closed by the node itself; then the others
leave, and the node has to give all files back and serve as before. Prints how long each step took, and what a connection costs in memory.

With --transport tls all ports speak TLS, with certificates required on both sides (HTTPS: the node's alone). Of those who say nothing one
half say nothing at all, and the other half nothing after the handshake.

Needs a limit of open files of N + 1000 (it raises its own as far as it may: ulimit -Hn), and a few minutes.

  --transport T   tcp (default) or tls
  --programs DIR  weir and weirctl that are built already (default: builds a release)

Exit codes: 0 all of that holds, 1 not, 64 wrong usage.

Examples:
  deploy/connections.sh --connections 2000 --programs .build/debug
  deploy/connections.sh --transport tls
EOF
}

connections=10000 transport=tcp programs=
while [ $# -gt 0 ]; do
    case $1 in
        --connections) connections=${2:?}; shift 2 ;;
        --transport) transport=${2:?}; shift 2 ;;
        --programs) programs=${2:?}; shift 2 ;;
        -h | --help) usage; exit 0 ;;
        *) echo "error: $1 is not known; see --help" >&2; exit 64 ;;
    esac
done
case $connections in "" | *[!0-9]*) echo "error: --connections $connections: a number is needed" >&2; exit 64 ;; esac
case $transport in tcp | tls) ;; *) echo "error: --transport $transport: tcp or tls is needed" >&2; exit 64 ;; esac
files=$((connections + 1000))
[ "$(ulimit -n)" = unlimited ] || [ "$(ulimit -n)" -ge "$files" ] || ulimit -n "$files" 2>/dev/null || {
    echo "error: the limit of open files is $(ulimit -Hn), and $files are needed; raise it (ulimit -Hn, LimitNOFILE), or give --connections" >&2
    exit 1
}
if [ -z "$programs" ]; then
    for product in weir weirctl; do swift build -c release --product "$product"; done
    programs=$(swift build -c release --show-bin-path)
fi
work=$(mktemp -d /tmp/weir-connections-XXXXXX)
trap 'rm -rf "$work"' EXIT
[ "$transport" = tcp ] || deploy/certificates.sh --dir "$work/certificates" >/dev/null
python3 deploy/checks/connections.py "$programs" "$work" "$connections" "$transport"
