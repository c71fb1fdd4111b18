#!/usr/bin/env bash
# Installs what is missing, builds a release, and runs a whole node: weir up. Arguments go to it (see weir up --help).
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
"$root/deploy/install.sh"
for product in weir weirctl; do
    swift build --package-path "$root" -c release --product "$product"
done
programs="$(swift build --package-path "$root" -c release --show-bin-path)"
cat >&2 <<EOF

Weir is starting. When its log says "ready":
  send events       $programs/weirctl send Tests/Golden/basic.ndjson
  close windows     $programs/weirctl flush
  look at them      $programs/weirctl windows
  how it is         $programs/weirctl status      curl http://127.0.0.1:8063/health
  records as lines  weir-data/metrics_recorded.ndjson
Stop it with Ctrl-C. Everything that was acknowledged is there when it starts again.

EOF
exec "$programs/weir" up "$@"
