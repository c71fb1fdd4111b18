#!/usr/bin/env bash
# Checks a running node against its own OpenAPI document: no server error, no undocumented answer.
#
#   deploy/schemathesis.sh http://127.0.0.1:8063 [TOKEN]
#
# schemathesis (PyPI) lives in a virtual environment of its own, in WEIR_SCHEMATHESIS_VENV or ~/.cache/weir/schemathesis.
# WEIR_SCHEMATHESIS_EXAMPLES is the number of examples an operation (default 50); the seed is fixed, so that a run can be repeated.
set -euo pipefail
url=${1:?the base URL of a node, such as http://127.0.0.1:8063}
token=${2:-}
venv=${WEIR_SCHEMATHESIS_VENV:-$HOME/.cache/weir/schemathesis}
if [ ! -x "$venv/bin/schemathesis" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check 'schemathesis>=4.32,<5'
fi
headers=()
[ -z "$token" ] || headers=(--header "Authorization: Bearer $token")
scratch=$(mktemp -d)  # It leaves a cache where it runs.
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
# A stream never ends: it has tests of its own.
"$venv/bin/schemathesis" run "$url/openapi.json" --url "$url" "${headers[@]}" \
    --exclude-operation-id streamWindows --max-examples "${WEIR_SCHEMATHESIS_EXAMPLES:-50}" --seed 1 --no-color \
    --checks all --phases examples,coverage,fuzzing --request-timeout 30 --generation-database none
