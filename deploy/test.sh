#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test.
set -euo pipefail
cd "$(dirname "$0")/.."
deploy/install.sh --tests
swift build --build-tests
tests=$(swift build --show-bin-path)/weirPackageTests.xctest

# Three processes side by side, as tests of whole nodes mostly wait. (Not swift test: two of these lock each other out.) Within each, one test
# at a time: tests that compute or wait in blocking calls would starve those that share Swift's pool of threads with them, and a time-out
# would then tell of the machine and not of Weir.
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
parts=()
part() {
    (NO_COLOR=1 "$tests" --testing-library swift-testing --no-parallel "${@:2}" 2>&1 | tee "$logs/$1" | sed -u "s/^/$1: /") &
    parts+=($!)
}
part unit --skip WeirEndToEndTests
part nodes-1 --filter 'WeirEndToEndTests\.[A-H]'
part nodes-2 --filter 'WeirEndToEndTests\.[^A-H]'
failed=0
for part in "${parts[@]}"; do wait "$part" || failed=1; done
grep -h "Test run with" "$logs"/* || failed=1
if [ $failed -ne 0 ]; then echo "error: tests failed; look for ✘ above" >&2; fi
exit $failed
