#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test.
set -euo pipefail
cd "$(dirname "$0")/.."
deploy/install.sh --tests
swift build --build-tests
# Tests of whole processes wait for them in blocking calls; the others share a pool of threads that they would starve.
swift test --skip-build --skip WeirEndToEndTests
swift test --skip-build --filter WeirEndToEndTests
