#!/usr/bin/env bash
# Feeds the parser, the decoders and the recovery of the journal with broken bytes. Arguments go to weir-fuzz: --target, --seconds, --seed.
set -euo pipefail
cd "$(dirname "$0")/.."
swift build --product weir-fuzz
exec "$(swift build --show-bin-path)/weir-fuzz" "$@"
