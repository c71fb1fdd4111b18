#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test.
set -euo pipefail
cd "$(dirname "$0")/.."
deploy/install.sh --tests
swift build --build-tests
# One at a time: tests that compute or wait in blocking calls would starve those that share Swift's pool of threads with them, and a
# time-out would then tell of the machine and not of Weir.
swift test --skip-build --no-parallel --skip WeirEndToEndTests
swift test --skip-build --no-parallel --filter WeirEndToEndTests
