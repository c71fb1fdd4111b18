#!/usr/bin/env bash
# Builds with a sanitizer and runs the tests under it.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<EOF
Usage: deploy/sanitize.sh thread|address [--filter REGEX] [--whole-processes]

Builds with ThreadSanitizer or AddressSanitizer (in .build-tsan or .build-asan; minutes the first time), and runs the tests. A finding
fails the run. Exceptions, with their reasons, are in deploy/thread-sanitizer.txt; libnng, simdjson and SQLite are Debian's and not
instrumented, so what they do with memory of their own is not looked at.

  --filter REGEX     only tests whose name matches
  --whole-processes  also the end-to-end tests, whose processes are then sanitized too (long)

Example:
  deploy/sanitize.sh thread --filter NNGTests
EOF
}

case ${1:-} in
    # librdkafka starts its threads by C11's thrd_create, which ThreadSanitizer does not know: the first of them to allocate crashes.
    thread) scratch=.build-tsan beyond=(--skip KafkaSinkTests) ;;
    address) scratch=.build-asan beyond=() ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
esac
sanitizer=$1
shift
selection=(--skip WeirEndToEndTests)
while [ $# -gt 0 ]; do
    case $1 in
        --filter) selection=(--filter "${2:?--filter needs an expression}"); shift 2 ;;
        --whole-processes) selection=(); shift ;;
        *) echo "error: $1 is not known; see --help" >&2; exit 64 ;;
    esac
done

# Swift's runtime keeps what it allocates for types and tasks to the end: leaks are looked for elsewhere.
export ASAN_OPTIONS="detect_leaks=0:${ASAN_OPTIONS:-}"
export TSAN_OPTIONS="suppressions=$PWD/deploy/thread-sanitizer.txt:${TSAN_OPTIONS:-}"
swift build --build-tests --sanitize "$sanitizer" --scratch-path "$scratch"
swift test --skip-build --sanitize "$sanitizer" --scratch-path "$scratch" "${selection[@]}" "${beyond[@]}"
