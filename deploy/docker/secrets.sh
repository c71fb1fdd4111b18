#!/usr/bin/env bash
# Makes deploy/docker/secrets for compose.yaml and compose.engines.yaml: a secret for each role and for people, tokens for HTTP, and
# passwords of PostgreSQL, 32 random bytes each; what is there stays.
#
# The files must be readable by the containers' user, so the directory is what keeps others on this machine away from them.
set -euo pipefail
directory="$(dirname "$0")/secrets"
mkdir -p "$directory"
chmod 700 "$directory"
for name in ingest worker executor viewer operator admin token token-producer postgresql postgresql-weir postgresql-grafana; do
    [ -e "$directory/$name" ] || (umask 022; openssl rand -hex 32 >"$directory/$name")
done
ls -l "$directory"
