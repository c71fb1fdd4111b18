"""Checks deploy/docker/compose.yaml, alone and with compose.engines.yaml over it, as docker compose itself reads and merges them.

weir takes every command, names, mounts and secrets lead somewhere, nothing is open to others, and Prometheus' configuration is sound. With
the overlay also: passwords, names and topics are those of PostgreSQL and Kafka there. Variants that are wrong are found. Nothing is started.
"""

import copy
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from node_command import ROOT, SECRETS, settings

DIRECTORY = ROOT / "deploy/docker"
BASE, ENGINES = DIRECTORY / "compose.yaml", DIRECTORY / "compose.engines.yaml"
PASSWORD = "postgresql-weir"


class Wrong(Exception):
    """What is wrong with a composition."""


def merged(files: list[Path], environment: dict[str, str] | None = None) -> dict:
    """What docker compose makes of the files: it knows the schema, replaces variables by the environment, and merges."""
    compose = Path(sys.executable).with_name("docker-compose")
    named = [part for file in files for part in ["--file", str(file)]]
    run = subprocess.run([compose, *named, "config", "--format", "json"], capture_output=True, text=True,
                         env={"PATH": os.environ["PATH"]} | (environment or {}))
    if run.returncode != 0:
        raise SystemExit(f"error: docker compose takes {[file.name for file in files]} not: {run.stderr}")
    return json.loads(run.stdout)


def nodes(compose: dict) -> dict[str, dict]:
    return {name: service for name, service in compose["services"].items() if service["image"] == "weir"}


@functools.cache
def node_settings(command: tuple[str, ...], environment: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {key: value.strip('"') for key, value in settings(list(command), dict(environment), {}).items()}


def check(compose: dict, coordinators: int) -> dict[str, dict[str, str]]:
    """Raises what is wrong; returns the settings of the nodes."""
    found = check_nodes(compose, coordinators)
    check_mounts(compose)
    check_prometheus(compose)
    return found


def check_nodes(compose: dict, coordinators: int) -> dict[str, dict[str, str]]:
    roles = {name: node["command"][0] for name, node in nodes(compose).items()}
    counts = {role: list(roles.values()).count(role) for role in roles.values()}
    if counts != {"coordinator": coordinators, "ingest": 2, "worker": 3, "executor": 2}:
        raise Wrong(f"roles {counts}")
    leaders = {f"tcp://{name}:7700" for name, role in roles.items() if role == "coordinator"}
    found = {}
    for name, node in nodes(compose).items():
        found[name] = node_settings(tuple(node["command"]), tuple(node["environment"].items()))
        joined, advertised = found[name]["node.control_url"], found[name]["node.advertised_url"]
        if roles[name] != "coordinator" and set(joined.split(",")) != leaders:
            raise Wrong(f"{name} joins {joined}, and the coordinators are {sorted(leaders)}")
        if roles[name] in ["coordinator", "worker"] and urlsplit(advertised).hostname != name:
            raise Wrong(f"{name} advertises {advertised}")
        # A coordinator's name unless it is given.
        if name not in [*node["command"], "coordinator"]:
            raise Wrong(f"{name} has another name to itself")
        if found[name]["http.listen"] != "0.0.0.0:8063":
            raise Wrong(f"{name}: the image's health check asks port 8063")
        if not (node["read_only"] and node["cap_drop"] == ["ALL"]):
            raise Wrong(f"{name} has more rights than it needs")
        check_secrets(name, roles[name], found[name], node)
        if [(volume["source"], volume["target"]) for volume in node["volumes"]] != [(name, "/var/lib/weir")]:
            raise Wrong(f"{name}: its volume")
    return found


def check_secrets(name: str, role: str, found: dict[str, str], node: dict) -> None:
    """A node is given the secrets that it names, and no others: its own, and those of who speaks to it."""
    named = {key.rpartition(".")[2]: value for key, value in found.items() if key.startswith("security.role_secrets.") and value != "none"}
    if set(named) != SECRETS[role] or any(value != f"/run/secrets/{of}" for of, value in named.items()):
        raise Wrong(f"{name} has secrets of roles {named}")
    if found["http.token_file"] != "/run/secrets/token":
        raise Wrong(f"{name}: http.token_file is {found['http.token_file']}")
    tokens = {text.rpartition("/run/secrets/")[2] for text in found["http.tokens"].strip("[]").split('"') if "=" in text}
    passwords = {PASSWORD} if databases(found) else set()
    given, wanted = {secret["source"] for secret in node["secrets"]}, set(named) | {"token"} | tokens | passwords
    if given != wanted:
        raise Wrong(f"{name} is given {sorted(given)}, and names {sorted(wanted)}")


def databases(found: dict[str, str]) -> set[str]:
    return {found[key] for key in ["coordinator.postgresql", "executor.postgresql"]} - {"none"}


def check_mounts(compose: dict) -> None:
    made = set((DIRECTORY / "secrets.sh").read_text().partition("for name in ")[2].partition(";")[0].split())
    declared = {name: Path(secret["file"]).relative_to(DIRECTORY).as_posix() for name, secret in compose["secrets"].items()}
    if any(file != f"secrets/{name}" or name not in made for name, file in declared.items()):
        raise Wrong(f"secrets.sh makes {sorted(made)}, and {declared} are declared")
    published = []
    for name, service in compose["services"].items():
        for secret in service.get("secrets", []):
            if secret["source"] not in declared:
                raise Wrong(f"{name}: no secret {secret['source']}")
        for volume in service.get("volumes", []):
            if volume["type"] == "bind" and not (Path(volume["source"]).is_file() and volume["read_only"]):
                raise Wrong(f"{name}: {volume['source']} is not there, or can be written")
            if volume["type"] == "volume" and volume["source"] not in compose["volumes"]:
                raise Wrong(f"{name}: no volume {volume['source']}")
        for port in service.get("ports", []):
            if port.get("host_ip") != "127.0.0.1":
                raise Wrong(f"{name}: {port} is open to others")
            published.append(port["published"])
        if service["image"] != "weir" and not re.search(r":v?\d+(\.\d+)+", service["image"]):
            raise Wrong(f"{name}: {service['image']} is no version")
    if len(set(published)) != len(published):
        raise Wrong(f"a port is published twice: {sorted(published)}")


def mounted(service: dict, below: str) -> list[Path]:
    """The files of this repository that the service finds at a path, or below it."""
    return [Path(volume["source"]) for volume in service["volumes"] if volume["target"].startswith(below) and volume["type"] == "bind"]


def check_prometheus(compose: dict) -> None:
    prometheus = compose["services"]["prometheus"]
    [configuration] = mounted(prometheus, "/etc/prometheus/prometheus.yml")
    job = yaml.safe_load(configuration.read_text())["scrape_configs"][0]
    [pattern] = job["file_sd_configs"][0]["files"]
    groups = [yaml.safe_load(file.read_text()) for file in mounted(prometheus, pattern.removesuffix("*.yml"))]
    targets = sorted(target for group in [job["static_configs"], *groups] for entry in group for target in entry["targets"])
    wanted = sorted(f"{name}:8063" for name in nodes(compose))
    if targets != wanted:
        raise Wrong(f"Prometheus scrapes {targets}, and the nodes are {wanted}")
    with tempfile.TemporaryDirectory() as directory:
        # Beside each other, as in the container.
        for file in mounted(prometheus, "/etc/prometheus/"):
            shutil.copy(file, directory)
        subprocess.run(["promtool", "check", "config", f"{directory}/prometheus.yml"], check=True, stdout=subprocess.DEVNULL)


def check_postgresql(compose: dict, found: dict[str, dict[str, str]]) -> None:
    server, grafana = compose["services"]["postgresql"], compose["services"]["grafana"]
    [script] = [file.read_text() for file in mounted(server, "/docker-entrypoint-initdb.d/")]
    roles = {role for role in ["weir", "grafana"] if f"cat /run/secrets/postgresql-{role}`" in script and f"CREATE ROLE {role} LOGIN" in script}
    given = {secret["source"] for secret in server["secrets"]}
    if roles != {"weir", "grafana"} or given != {"postgresql", PASSWORD, "postgresql-grafana"} or "CREATE DATABASE weir OWNER weir;" not in script:
        raise Wrong(f"PostgreSQL has the roles {roles} of {given}")
    for name, node in nodes(compose).items():
        role, own = node["command"][0], found[name]
        uses = {"coordinator": own["coordinator.postgresql"], "executor": own["executor.postgresql"]}.get(role)
        if databases(own) != ({uses} if uses else set()) or uses not in [None, "postgresql://weir@postgresql/weir"]:
            raise Wrong(f"{name} is told of the databases {databases(own)}")
        if role == "coordinator" and own["coordinator.store"] != "postgresql":
            raise Wrong(f"{name} has its store in {own['coordinator.store']}")
        if uses:
            check_login(name, node)
    for role, key in [("coordinator", "coordinator.postgresql_schema"), ("executor", "executor.postgresql_schema")]:
        schemas = {found[name][key] for name, node in nodes(compose).items() if node["command"][0] == role}
        if schemas != {{"coordinator": "weir_store", "executor": "weir"}[role]}:
            raise Wrong(f"the schemas of {role}: {schemas}")
    [source] = [file for file in mounted(grafana, "/etc/grafana/provisioning/datasources/postgresql")]
    [source] = yaml.safe_load(source.read_text())["datasources"]
    password = source["secureJsonData"]["password"].removeprefix("$__file{/run/secrets/").removesuffix("}")
    asked = (source["url"], source["user"], source["jsonData"]["database"], password)
    if asked != ("postgresql:5432", "grafana", "weir", "postgresql-grafana") or [secret["source"] for secret in grafana["secrets"]] != [password]:
        raise Wrong(f"Grafana asks {asked}")


def check_login(name: str, node: dict) -> None:
    """Runs what is run before weir, with the secret in another place, and looks at the file for libpq."""
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / PASSWORD).write_text("a password\n")
        file = Path(directory) / "pgpass"
        shell, flags, script, *_ = [part.replace("$$", "$") for part in node["entrypoint"]]
        moved = script.replace("/run/secrets", directory).replace(node["environment"]["PGPASSFILE"], str(file)).replace("exec weir", "exec echo")
        run = subprocess.run([shell, flags, moved, "weir", *node["command"]], capture_output=True, text=True)
        content, mode = (file.read_text(), file.stat().st_mode & 0o777) if file.exists() else ("", 0)
    if run.stdout.split() != node["command"] or content != "postgresql:5432:weir:weir:a password\n" or mode != 0o600:
        raise Wrong(f"{name}: before weir is run: {run}; the password's file has mode {mode:o} and {content!r}")
    if "/tmp" not in node["tmpfs"]:
        raise Wrong(f"{name} has no place for the file with its password")


def check_kafka(compose: dict, found: dict[str, dict[str, str]]) -> None:
    broker, topics = compose["services"]["kafka"], compose["services"]["kafka-topics"]["command"][0]
    advertised = dict(entry.split("://") for entry in broker["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(","))
    bound = {entry.split("://")[0]: entry.rpartition(":")[2] for entry in broker["environment"]["KAFKA_LISTENERS"].split(",")}
    [port] = broker["ports"]
    if advertised["HOST"] != f"127.0.0.1:{port['published']}" or bound["HOST"] != str(port["target"]):
        raise Wrong(f"Kafka is at {advertised['HOST']} to this machine, and the port is {port}")
    inside = advertised["CONTAINERS"]
    if inside != f"kafka:{bound['CONTAINERS']}" or f"--bootstrap-server {inside} " not in topics:
        raise Wrong(f"Kafka is at {inside} to containers")
    for name, node in nodes(compose).items():
        role, own = node["command"][0], found[name]
        if own["kafka.brokers"] != (inside if role in ["ingest", "executor"] else "none"):
            raise Wrong(f"{name} is told of the brokers {own['kafka.brokers']}")
    if {own["ingest.kafka_group"] for name, own in found.items() if name.startswith("ingest")} != {"weir"}:
        raise Wrong("the ingests are not one consumer group")
    any_node = found["executor-1"]
    contract = [any_node[f"topics.CODEGEN_{kind}"] for kind in ["STARTED", "STAGE_COMPLETED", "COMPLETED", "FAILED"]] + [
        any_node[key] for key in ["record_topic", "topic", "intent_topic", "executor.kafka_result_topic"]]
    made = topics.partition(" in ")[2].partition(";")[0].split()
    if sorted(made) != sorted(contract):
        raise Wrong(f"the topics {made} are made, and the contract has {contract}")


def change(service: str, key: str, of: dict) -> Callable[[dict], None]:
    return lambda compose: compose["services"][service][key].update(of)


# What was meant otherwise, and what finds it.
WRONG: dict[str, tuple[Callable[[dict], None], str]] = {
    "a node that knows one coordinator": (change("worker-2", "environment", {"WEIR_CONTROL_URL": "tcp://coordinator:7700"}), "joins"),
    "a coordinator with a store of its own": (change("coordinator-2", "environment", {"WEIR_COORDINATOR_STORE": "sqlite"}), "store"),
    "a coordinator that advertises the other": (lambda of: of["services"]["coordinator-2"].update(
        command=of["services"]["coordinator"]["command"] + ["--name", "coordinator-2"]), "advertises"),
    "a database that is not there": (change("executor-1", "environment", {"WEIR_EXECUTOR_POSTGRESQL": "postgresql://weir@db/weir"}), "databases"),
    "an executor in the coordinators' schema": (change("executor-2", "environment", {"WEIR_EXECUTOR_POSTGRESQL_SCHEMA": "weir_store"}), "schemas"),
    "no password": (lambda of: of["services"]["executor-1"]["secrets"].pop(), "is given"),
    "a password that others may read": (lambda of: of["services"]["coordinator"]["entrypoint"].__setitem__(
        2, of["services"]["coordinator"]["entrypoint"][2].replace("umask 077", "umask 022")), "mode 644"),
    "a secret that nobody makes": (lambda of: of["secrets"].update(other={"file": str(DIRECTORY / "secrets/other")}), "secrets.sh"),
    "the port of another": (lambda of: of["services"]["coordinator-2"]["ports"][0].update(published="7700"), "twice"),
    "a port for everybody": (lambda of: of["services"]["kafka"]["ports"][0].pop("host_ip"), "open to others"),
    "a broker that is not there": (change("ingest-1", "environment", {"WEIR_KAFKA_BROKERS": "kafka:9092"}), "brokers"),
    "the host's listener at another port": (lambda of: of["services"]["kafka"]["ports"][0].update(published="9094"), "to this machine"),
    "two groups of ingests": (change("ingest-2", "environment", {"WEIR_INGEST_KAFKA_GROUP": "other"}), "consumer group"),
    "a topic too few": (lambda of: of["services"]["kafka-topics"]["command"].__setitem__(
        0, of["services"]["kafka-topics"]["command"][0].replace("dev.codegen.failed.v1", "")), "topics"),
    "no target for the second coordinator": (lambda of: of["services"]["prometheus"]["volumes"].pop(), "scrapes"),
    "no password for Grafana": (lambda of: of["services"]["grafana"].update(secrets=[]), "Grafana"),
}


def check_whole(compose: dict, bus: bool = False) -> int:
    """With the overlay, `bus`: with intents by way of Kafka. Returns how many nodes there are."""
    found = check(compose, coordinators=2)
    check_postgresql(compose, found)
    check_kafka(compose, found)
    ways = [(found[name]["executor.intents"], found[name]["executor.kafka"]) for name in ["executor-1", "executor-2"]]
    if ways != ([("lease", "intents"), ("kafka", "events")] if bus else [("lease", "events")] * 2):
        raise Wrong(f"intents come and go by {ways}")
    return len(found)


def check_wrong(compose: dict) -> None:
    for name, (spoil, found) in WRONG.items():
        spoiled = copy.deepcopy(compose)
        spoil(spoiled)
        try:
            check_whole(spoiled)
        except Wrong as wrong:
            if found not in str(wrong):
                raise SystemExit(f"error: {name} is found as something else: {wrong}") from wrong
        else:
            raise SystemExit(f"error: {name} is not found")


def main() -> None:
    files = [BASE]
    try:
        alone = len(check(merged(files), coordinators=1))
        files.append(ENGINES)
        compose = merged(files)
        whole = check_whole(compose)
        check_whole(merged(files, {"EXECUTOR_1_KAFKA": "intents", "EXECUTOR_2_INTENTS": "kafka"}), bus=True)
    except Wrong as wrong:
        raise SystemExit(f"error: {' with '.join(file.name for file in files)}: {wrong}") from wrong
    check_wrong(compose)
    print(f"compose: {alone} nodes; {whole} with Kafka and PostgreSQL, {len(WRONG)} wrong variants found; as docker compose merges them")


if __name__ == "__main__":
    main()
