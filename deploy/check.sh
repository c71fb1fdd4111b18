#!/usr/bin/env bash
# Checks what deploy/ ships for other systems, as far as that goes without them: check.sh
#
#   Dockerfile            hadolint
#   compose               docker compose merges the files; weir takes every command; names, mounts, secrets, scrape targets, databases and
#                         topics lead somewhere; wrong variants are found
#   Helm chart            Helm's own engine renders it with several values, Kubernetes' schemas know every field, weir takes every command,
#                         selectors, ports, policies and rights fit
#   systemd               systemd-analyze verify and security; weir takes the commands
#   Prometheus            promtool: rules with their tests
#   bill of materials     CycloneDX's schema
#
# Needs a built weir (WEIR_PROGRAMS is the directory of another one), promtool and systemd-analyze. The rest comes from PyPI and lives in a virtual
# environment of its own, in WEIR_CHECKS_VENV or ~/.cache/weir/checks. Takes a minute or so; starts nothing, and asks no cluster.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
        *) echo "error: $1 is not known; see --help" >&2; exit 64 ;;
    esac
done
for tool in promtool systemd-analyze; do
    command -v $tool >/dev/null || { echo "error: $tool is missing; deploy/install.sh --tests brings promtool (prometheus), apt-get install systemd the other" >&2; exit 1; }
done

venv=${WEIR_CHECKS_VENV:-$HOME/.cache/weir/checks}
requirements="$root/deploy/checks/requirements.txt"
if ! cmp -s "$requirements" "$venv/installed.txt"; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
    cp "$requirements" "$venv/installed.txt"
fi
python="$venv/bin/python"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$venv/bin/hadolint" "$root/deploy/docker/Dockerfile"
echo "Dockerfile: hadolint finds nothing"
"$python" "$root/deploy/checks/compose.py"
# Helm notes each symbolic link that it follows.
"$python" "$root/deploy/checks/chart.py" 2>"$scratch/helm.log" || { cat "$scratch/helm.log" >&2; exit 1; }
"$python" "$root/deploy/checks/units.py"
(cd "$root/deploy/prometheus" && promtool test rules weir.rules.test.yml >"$scratch/rules.log") || { cat "$scratch/rules.log" >&2; exit 1; }
echo "Prometheus: the rules pass their tests"
"$root/deploy/sbom.sh" --output "$scratch/bom.json"
"$python" "$root/deploy/checks/bom.py" "$scratch/bom.json"
