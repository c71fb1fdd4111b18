"""Runs weir up against Tansu, a Kafka-compatible broker: events of a golden set go in by the four topics, weir is killed (kill -9) in the
middle and started again, and its records, in its store and in the record topic, are compared with the expected ones, bit for bit. Then
weirctl replay kafka sends all of it again, of which nothing is counted twice, and selects by time.

Then the same, without the crash, through a gate that is made from the protocol's documents, since Tansu has no TLS to use: TLS, client
certificates, SASL by PLAIN and SCRAM, intents by their topic, and weirctl replay kafka --from-time, which the gate answers as Kafka does.
Each with the librdkafka of confluent-kafka and with the system's. At last what is wrong with any of it has to be named where the operator
looks.

Prints a line for each step. Exit codes: 0 all as expected, 1 not.

Examples:
  deploy/kafka-broker.sh
  deploy/kafka-broker.sh --bin .build/release --set basic
  deploy/kafka-broker.sh --only secured
"""

import argparse
import json
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import confluent_kafka
from kafka_parts import MINUTES, ROOT, TOPICS, Broker, Weir, compare, newest, wait
from kafka_secured import check_secured


def check_replay(weir: Weir, broker: Broker, lines: list[str]) -> None:
    done = weir.replay(list(TOPICS.values()), "--ingest", weir.ingest, "--to", weir.control)
    print(f"replay into the same cluster: {done}", flush=True)
    if done["read"] + sum(done["refused"].values()) != len(lines):
        raise SystemExit(f"error: of {len(lines)} messages others were read")
    if done["cluster"]["counted"] != 0 or done["cluster"]["duplicate"] != done["sent"]:
        raise SystemExit("error: events were counted twice")
    start, count, first = datetime(2026, 11, 3, tzinfo=timezone.utc), 100, 50
    broker.produce_minutes(start, count)
    late = weir.replay([MINUTES], "--dry-run", "--from-time", (start + timedelta(minutes=first)).isoformat())
    print(f"replay from a time: {late}", flush=True)
    # This broker answers every question for the offset of a time with its first one: more is read, and the same selected.
    if late["selected"] != count - first:
        raise SystemExit("error: others than the events from that time on were selected")


def check_plain(programs: Path, lines: list[str], expected: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="weir-kafka-") as name:
        folder = Path(name)
        broker = Broker(folder)
        weir = Weir(programs, folder, broker.access)
        try:
            print(f"librdkafka {confluent_kafka.libversion()[0]}", flush=True)
            broker.produce(lines[: len(lines) // 2])
            weir.start()
            wait("weir counts events of the broker", 60, lambda: weir.counts().get("accepted", 0) > 0)
            weir.kill()
            broker.produce(lines[len(lines) // 2:])
            weir.start()
            wait("weir was killed, is back, and the group knows of every message", 90, lambda: broker.committed() == len(lines))
            weir.ctl("flush")
            counts = weir.counts()
            print(f"events: {counts}", flush=True)
            windows = [json.loads(line) for line in weir.ctl("windows", "--json").splitlines()]
            print(f"records in the store: {compare('records in the store', expected, windows, folder)}", flush=True)
            messages = broker.records()
            found = compare("records in the topic", expected, newest(messages), folder)
            print(f"records in the topic ({len(messages)} messages): {found}", flush=True)
            ids = [message["headers"]["intent_id"] for message in messages]
            print(f"messages with an intent's id: {len(ids)}, different ones: {len(set(ids))}", flush=True)
            check_replay(weir, broker, lines)
        except BaseException:
            print(weir.log()[-4000:], file=sys.stderr)
            raise
        finally:
            weir.kill()
            broker.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="deploy/kafka-broker.sh", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / ".build/debug", help="directory of weir and weirctl (default .build/debug)")
    parser.add_argument("--set", default="messy", help="golden set: basic, messy or edge (default messy)")
    parser.add_argument("--only", choices=["plain", "secured"], help="one part (default both)")
    options = parser.parse_args()
    expected = ROOT / f"Tests/Golden/{options.set}.expected.json"
    lines = [line for line in (ROOT / f"Tests/Golden/{options.set}.ndjson").read_text().split("\n") if line.strip()]
    for name, check in [("plain", check_plain), ("secured", check_secured)]:
        if options.only in (None, name):
            check(options.bin.resolve(), lines, expected)


main()
