#!/usr/bin/env bash
# Chaos on real processes: chaos.sh [--minutes M] [--seed N] [--namespaces]; see chaos.sh --help.
set -euo pipefail
exec python3 "$(dirname "$0")/chaos/chaos.py" "$@"
