#!/usr/bin/env bash
# Installs what is missing, builds a release, and runs a whole node: weir up, again when it asks for that. Arguments go to it (see
# weir up --help).
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
# Exit code 75 says that a listener could not be made anew, and asks for a new start.
child=0
trap '[ $child -eq 0 ] || kill -TERM $child 2>/dev/null' TERM INT
while true; do
    "$programs/weir" up "$@" &
    child=$!
    code=0
    wait $child || code=$?
    # A signal ends the wait and not the node: wait for its stop.
    while kill -0 $child 2>/dev/null; do code=0; wait $child || code=$?; done
    [ $code -eq 75 ] || exit $code
    echo "weir up ended with 75 and is started again" >&2
    sleep 1
done
