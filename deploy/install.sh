#!/usr/bin/env bash
# Installs the system packages that Weir builds and runs on (Debian 12), those that are missing.
# With --tests also what only tests need; they skip what is not there, with a message.
set -euo pipefail
packages=(libnng-dev openssl libsimdjson-dev libsqlite3-dev zlib1g-dev libpq-dev librdkafka-dev python3 python3-venv)
[ "${1:-}" != --tests ] || packages+=(chromium prometheus postgresql-15 etcd-server tmux curl)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
echo "installing: ${missing[*]}"
sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo)
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
