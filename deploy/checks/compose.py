"""Checks deploy/docker/compose.yaml: weir takes every command, names and mounts lead somewhere, and Prometheus' configuration is sound.

With an argument, also against the schema in that file: compose-spec.json of https://github.com/compose-spec/compose-spec.
"""

import json
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema
import yaml

from node_command import ROOT, SECRETS, settings

FILE = ROOT / "deploy/docker/compose.yaml"


def fail(message: str) -> None:
    raise SystemExit(f"error: {FILE}: {message}")


def check_nodes(services: dict[str, dict]) -> int:
    nodes = {name: service for name, service in services.items() if service["image"] == "weir"}
    roles = [shlex.split(node["command"])[0] for node in nodes.values()]
    if {role: roles.count(role) for role in roles} != {"coordinator": 1, "ingest": 2, "worker": 3, "executor": 2}:
        fail(f"roles {roles}")
    for name, node in nodes.items():
        found = settings(shlex.split(node["command"]), node["environment"], {})
        for key in ["node.control_url", "node.advertised_url"]:
            host = found[key].partition("://")[2].partition(":")[0]
            if name != "coordinator" and found[key] != "auto" and host not in services:
                fail(f"{name}: {key} is {found[key]}, and there is no service {host}")
        if found["http.listen"] != "0.0.0.0:8063":
            fail(f"{name}: the image's health check asks port 8063")
        if not (node["read_only"] and node["cap_drop"] == ["ALL"]):
            fail(f"{name} has more rights than it needs")
        check_secrets(name, shlex.split(node["command"])[0], found, set(node["secrets"]))
        if node["volumes"] != [f"{name}:/var/lib/weir"]:
            fail(f"{name}: its volume")
    return len(nodes)


def check_secrets(name: str, role: str, found: dict[str, str], given: set[str]) -> None:
    """A node is given the secrets that it names, and no others: its own, and those of who speaks to it."""
    named = {key.rpartition(".")[2]: value for key, value in found.items() if key.startswith("security.role_secrets.") and value != "none"}
    if set(named) != SECRETS[role] or any(value != f"/run/secrets/{of}" for of, value in named.items()):
        fail(f"{name} has secrets of roles {named}")
    if found["http.token_file"] != "/run/secrets/token":
        fail(f"{name}: http.token_file is {found['http.token_file']}")
    tokens = {text.rpartition("/run/secrets/")[2] for text in found["http.tokens"].strip("[]").split('"') if "=" in text}
    if given != set(named) | {"token"} | tokens:
        fail(f"{name} is given {sorted(given)}, and names {sorted(set(named) | {'token'} | tokens)}")


def check_mounts(compose: dict) -> None:
    for name, service in compose["services"].items():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            if source.startswith("."):
                if not (FILE.parent / source).is_file():
                    fail(f"{name}: there is no {source}")
            elif source not in compose["volumes"]:
                fail(f"{name}: no volume {source}")
        for port in service.get("ports", []):
            if not port.startswith("127.0.0.1:"):
                fail(f"{name}: {port} is open to others")


def check_prometheus(services: dict[str, dict]) -> None:
    configuration = FILE.parent / "prometheus.yml"
    targets = yaml.safe_load(configuration.read_text())["scrape_configs"][0]["static_configs"][0]["targets"]
    nodes = {f"{name}:8063" for name, service in services.items() if service["image"] == "weir"}
    if set(targets) != nodes:
        fail(f"Prometheus scrapes {targets}, and the nodes are {sorted(nodes)}")
    with tempfile.TemporaryDirectory() as directory:
        # Beside each other, as in the container.
        for file in [configuration, ROOT / "deploy/prometheus/weir.rules.yml"]:
            shutil.copy(file, directory)
        subprocess.run(["promtool", "check", "config", f"{directory}/prometheus.yml"], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    compose = yaml.safe_load(FILE.read_text())
    if len(sys.argv) > 1:
        schema = json.loads(Path(sys.argv[1]).read_text())
        jsonschema.Draft7Validator(schema).validate(compose)
    nodes = check_nodes(compose["services"])
    check_mounts(compose)
    check_prometheus(compose["services"])
    print(f"compose: {nodes} nodes" + ("; as the schema says" if len(sys.argv) > 1 else ""))


if __name__ == "__main__":
    main()
