#!/usr/bin/env bash
# How long a cluster needs after the death of a worker or of the coordinator under load: recovery.sh [--rate N]; see recovery.sh --help.
set -euo pipefail
exec python3 "$(dirname "$0")/chaos/recovery.py" "$@"
