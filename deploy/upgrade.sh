#!/usr/bin/env bash
# Upgrades a running cluster node by node, under load: upgrade.sh --old DIR [--new DIR]; see upgrade.sh --help.
set -euo pipefail
exec python3 "$(dirname "$0")/chaos/upgrade.py" "$@"
