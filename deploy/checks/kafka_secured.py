"""For kafka_broker.py: TLS and SASL, through a gate in front of the broker; and what the operator sees of what is wrong with them."""

import ctypes
import json
import subprocess
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import confluent_kafka
from kafka_gate import MECHANISMS, Gate
from kafka_parts import MINUTES, ROOT, Access, Broker, Weir, await_that, compare, newest

# What has to be escaped somewhere on the way.
USER, PASSWORD, WRONG = "weir,ops=1", "a,b=c \"d\" 'e' é%", "not-the-password"
# librdkafka before it doubles a nonce of SCRAM, which Apache Kafka 4 refuses.
FIRST_WITH_SCRAM = (2, 6, 1)
START, COUNT, FIRST = datetime(2026, 11, 3, tzinfo=timezone.utc), 100, 50


def system_version() -> str:
    library = ctypes.CDLL("librdkafka.so.1")
    library.rd_kafka_version_str.restype = ctypes.c_char_p
    return library.rd_kafka_version_str().decode()


def is_old(version: str) -> bool:
    return tuple(int(part) for part in version.split("-")[0].split(".")[:3]) < FIRST_WITH_SCRAM


class Stage:
    """A broker, the gate before it, and a node that is to get through; ended by `with`."""

    def __init__(self, programs: Path, files: Path, gate: dict, change: dict, newer: bool, output: str = "events"):
        self.held = tempfile.TemporaryDirectory(prefix="weir-kafka-")
        self.folder = Path(self.held.name)
        self.gate = Gate(**gate)
        access = Access(f"127.0.0.1:{self.gate.port}")
        if gate.get("certificates"):
            access = replace(access, transport="tls", ca=files / "certificates/ca.pem")
        if gate.get("verify_clients"):
            access = replace(access, certificate=files / "certificates/client.pem", key=files / "certificates/client.key")
        if gate.get("users"):
            access = replace(access, mechanism=gate["mechanisms"][0], user=USER, password_file=files / "password")
        self.broker = Broker(self.folder, access.address)
        self.broker.access = access
        self.gate.open(self.broker.port, self.broker.offset_at)
        changed = replace(access, **{name: value(self.gate) if callable(value) else value for name, value in change.items()})
        self.weir = Weir(programs, self.folder, changed, output, newer)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace) -> None:
        if error:
            print(self.weir.log()[-4000:])
        self.weir.kill()
        self.broker.close()
        self.gate.close()
        self.held.cleanup()

    def check_secrets(self, *shown: str) -> None:
        for text in [self.weir.log(), self.weir.http("/metrics")[1], *shown]:
            if PASSWORD in text or WRONG in text or "BEGIN" in text:
                raise SystemExit("error: a secret is in a log or an answer")


def check_way(programs: Path, files: Path, name: str, gate: dict, visitor: tuple[str, str], newer: bool, lines: list[str], expected: Path,
              through_topic: bool) -> None:
    with Stage(programs, files, gate, {}, newer, "intents" if through_topic else "events") as stage:
        broker, weir = stage.broker, stage.weir
        broker.produce(lines)
        broker.produce_minutes(START, COUNT)
        weir.start()
        if through_topic:
            weir.start_bus()
        if not await_that(90, lambda: broker.committed() == len(lines)):
            raise SystemExit(f"error: {name}: not all is read within 90 s")
        weir.ctl("flush")
        windows = [json.loads(line) for line in weir.ctl("windows", "--json").splitlines()]
        await_that(30, lambda: len(newest(broker.records())) >= len(windows))
        stored = compare("records in the store", expected, windows, stage.folder)
        published = compare("records in the topic", expected, newest(broker.records()), stage.folder)
        late = weir.replay([MINUTES], "--dry-run", "--from-time", (START + timedelta(minutes=FIRST)).isoformat())
        none = weir.replay([MINUTES], "--dry-run", "--from-time", (START + timedelta(days=1)).isoformat())
        # A message may be stamped a minute before its event: so one more is read than selected.
        if (late["read"], late["selected"], none["read"]) != (COUNT - FIRST + 1, COUNT - FIRST, 0):
            raise SystemExit(f"error: {name}: by time were read {late['read']}, selected {late['selected']}, of later ones read {none['read']}")
        if stage.gate.seen != {visitor}:
            raise SystemExit(f"error: {name}: through the gate came {stage.gate.seen}")
        stage.check_secrets()
    print(f"{name}: store: {stored}; topic: {published}; from a time: {late['read']} of {COUNT} messages read, {late['selected']} selected",
          flush=True)


def check_fault(programs: Path, files: Path, name: str, gate: dict, change: dict, newer: bool, expected: list[str]) -> None:
    with Stage(programs, files, gate, change, newer) as stage:
        weir = stage.weir
        weir.environment["WEIR_EXECUTOR_SINK_TIMEOUT_MS"] = "2000"
        weir.start()
        if not await_that(30, lambda: weir.counts() != {}):
            raise SystemExit(f"error: {name}: weir does not begin")
        # Events by another way, so that there is something to publish.
        events = stage.folder / "events.ndjson"
        events.write_text("\n".join((ROOT / "Tests/Golden/basic.ndjson").read_text().split("\n")[:50]))
        sent = weir.run("replay", "file", str(events), "--ingest", weir.ingest, "--to", weir.control)
        if sent.returncode not in (0, 2):
            raise SystemExit(f"error: {name}: weirctl replay file ended with {sent.returncode}: {sent.stderr}")
        flush = subprocess.Popen([programs / "weirctl", "flush", "--to", weir.control], env=weir.environment,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found = {}

        def seen() -> bool:
            entries = [json.loads(line) for line in weir.log().splitlines()]
            found["the log"] = "\n".join(entry["error"] for entry in entries if entry["message"].startswith("Kafka can't be read"))
            found["weirctl status"] = "\n".join(line for line in weir.ctl("status").splitlines() if "can't publish" in line)
            return all(found.values())

        await_that(60, seen)
        flush.kill()
        flush.wait()
        replay = weir.run("replay", "kafka", "--config", f"{stage.folder}/weir.yaml", "--topic", MINUTES, "--dry-run")
        found["weirctl replay kafka"] = replay.stderr
        for where, text in found.items():
            for part in expected:
                if part not in text:
                    raise SystemExit(f"error: {name}: {where} does not say '{part}': {text}")
        failures = [line for line in weir.http("/metrics")[1].splitlines() if line.startswith("weir_kafka_failures_total")]
        if replay.returncode != 1 or not failures or failures[0].endswith(" 0"):
            raise SystemExit(f"error: {name}: weirctl replay kafka ended with {replay.returncode}; {failures}")
        if weir.http("/ready")[0] != 200:
            raise SystemExit(f"error: {name}: the node, which takes events by other ways, is not ready")
        stage.check_secrets(*found.values())
    print(f"{name}: log, status and replay say: {'; '.join(expected)}", flush=True)


def check_secured(programs: Path, lines: list[str], expected: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="weir-kafka-") as held:
        files = Path(held)
        for name in ["certificates", "others"]:
            subprocess.run([ROOT / "deploy/certificates.sh", "--dir", files / name], check=True, stdout=subprocess.DEVNULL)
        (files / "password").write_text(f"{PASSWORD}\n")
        (files / "wrong").write_text(f"{WRONG}\n")
        tls = {"certificates": files / "certificates"}
        both = tls | {"verify_clients": True}

        def sasl(*mechanisms: str) -> dict:
            return tls | {"users": {USER: PASSWORD}, "mechanisms": list(mechanisms)}

        for newer, version in [(True, confluent_kafka.libversion()[0]), (False, system_version())]:
            ways = [("TLS", tls, ("anonymous", "none")), ("TLS with a client's certificate", both, ("Weir client", "none"))]
            ways += [(f"{mechanism} over TLS", sasl(mechanism) | {"is_strict": not is_old(version)}, (USER, mechanism)) for mechanism in MECHANISMS]
            for name, gate, visitor in ways:
                check_way(programs, files, f"{name}, librdkafka {version}", gate, visitor, newer, lines, expected, False)
            name, gate, visitor = ways[-1]
            check_way(programs, files, f"{name}, intents by their topic, librdkafka {version}", gate, visitor, newer, lines, expected, True)
        closed = ["Disconnected", "check kafka.transport, kafka.sasl_mechanism, and kafka.tls_certificate"]
        unverified = ["certificate verify failed", "kafka.tls_ca", "is for the name in kafka.brokers"]
        none = {"mechanism": None, "user": None, "password_file": None}
        wrong = {"password_file": files / "wrong"}
        faults = [
            ("another authority", tls, {"ca": files / "others/ca.pem"}, unverified),
            ("another name than the certificate's", tls, {"address": lambda gate: f"127.0.0.2:{gate.port}"}, unverified),
            ("no client's certificate", both, {"certificate": None, "key": None}, closed),
            ("plaintext where TLS is", tls, {"transport": "plaintext", "ca": None}, closed),
            ("TLS where plaintext is", {}, {"transport": "tls", "ca": files / "certificates/ca.pem"}, ["check kafka.transport"]),
            ("no SASL where it is", sasl("PLAIN"), none, closed),
            ("a wrong password by PLAIN", sasl("PLAIN"), wrong, ["Invalid username or password", "and the password"]),
            ("a wrong password by SCRAM-SHA-512", sasl("SCRAM-SHA-512"), wrong, ["invalid credentials", "and the password"]),
            ("a mechanism that the broker does not have", sasl("SCRAM-SHA-512"), {"mechanism": "PLAIN"},
             ["supported mechanisms: SCRAM-SHA-512", "check kafka.sasl_mechanism"]),
        ]
        for name, gate, change, texts in faults:
            check_fault(programs, files, name, gate, change, True, texts)
        if is_old(version):
            check_fault(programs, files, f"SCRAM-SHA-512 of librdkafka {version} where nonces are compared", sasl("SCRAM-SHA-512"), {}, False,
                        ["invalid credentials", "put a later one on the loader's path"])
