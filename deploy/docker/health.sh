#!/usr/bin/env bash
# Whether the node in this container lives: weir-health [health|ready] [PORT]
#
# Asks GET /health (or /ready: whether it can do its work) at 127.0.0.1, port 8063 unless given. Exits 0 for an answer of 200, else 1 with
# the answer on standard error. bash speaks TCP by itself, so the image needs no HTTP client.
set -euo pipefail
path=${1:-health}
port=${2:-8063}
exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
printf 'GET /%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$path" >&3
IFS= read -r -t 4 status <&3 || { echo "no answer from port $port" >&2; exit 1; }
case $status in
    "HTTP/1.1 200 "*) exit 0 ;;
esac
{ printf '%s\n' "$status"; timeout 2 cat <&3; } >&2
exit 1
