#!/usr/bin/env bash
# Writes what Weir is made of, as CycloneDX 1.6 in JSON: sbom.sh [--output FILE]; see sbom.sh --help.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
[ -e "$root/Package.resolved" ] || swift package --package-path "$root" resolve
exec python3 "$root/deploy/sbom/sbom.py" "$@"
