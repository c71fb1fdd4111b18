"""Checks the Helm chart: Helm's own engine renders it, Kubernetes' schemas know every field, weir takes every command.

Beyond that, what no schema says: selectors find pods, services find ports, policies let nodes reach each other and nobody else the control
port, and nothing runs with more rights than it needs. Nothing is started: that takes a cluster.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import helm_python
import kubernetes_validate
import yaml

from node_command import ROOT, SECRETS, settings

CHART = ROOT / "deploy/helm/weir"
# The oldest that the chart says to run on, and the newest that the schemas know.
KUBERNETES = ["1.27", "1.37"]
# Of the Prometheus operator: no schema of Kubernetes has them.
CUSTOM = {"ServiceMonitor", "PrometheusRule"}
LISTENING = {"coordinator": 7700, "ingest": 7701, "worker": 7710, "executor": 7702}

PASSWORD = {"name": "PGPASSWORD", "valueFrom": {"secretKeyRef": {"name": "weir-postgresql", "key": "password"}}}

VARIANTS = {
    "defaults": {},
    "everything": {
        "image": {"repository": "registry.example/weir", "tag": "1", "pullSecrets": ["registry"]},
        "config": {
            "contract": "contract.yaml",
            "node": {"shards": 256},
            "ingest": {"lag_bytes_max": "512MiB"},
            "worker": {"commit_interval_ms": 100},
            "coordinator": {"pane_retention": "2h"},
            "journal": {"retention": "1h"},
            "watchdog": {"interval_ms": 2000},
            "http": {"streams_max": 16, "anonymous_reads": "refused"},
            "tracing": {"file": "/var/lib/weir/spans.ndjson"},
            "log": {"level": "notice"},
        },
        "configFiles": {
            "contract.yaml": {"name": "c", "version": "1.0.0", "parts": {"streaming": "streaming.yaml"}},
            "streaming.yaml": {"window_size_ms": 10000},
        },
        "auth": {
            "existingSecret": "weir-auth-of-ours",
            "secrets": "roles",
            "tokens": {"generators": "producer", "grafana": "viewer"},
            "auditLog": True,
        },
        "tls": {"existingSecret": "weir-tls", "peerName": "weir.example", "http": True},
        "antiAffinity": "hard",
        "sysctls": [{"name": "net.ipv4.tcp_retries2", "value": "5"}],
        "networkPolicy": {
            "producers": [{"namespaceSelector": {"matchLabels": {"team": "generators"}}}],
            "subscribers": [{"podSelector": {"matchLabels": {"app": "billing"}}}],
            "observers": [{"namespaceSelector": {"matchLabels": {"team": "monitoring"}}}],
            "extraEgress": [{"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}],
        },
        "coordinator": {
            "persistence": {"size": "40Gi", "storageClass": "fast"},
            "nodeSelector": {"disk": "fast"},
            "tolerations": [{"key": "weir", "operator": "Exists"}],
            "priorityClassName": "high",
        },
        "ingest": {"replicas": 4, "service": {"type": "LoadBalancer", "annotations": {"internal": "true"}}},
        "worker": {"autoscaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 8, "lagFrames": 500}},
        "executor": {"replicas": 1},
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}, "token": "grafana"},
        "prometheusRule": {"enabled": True},
        "grafanaDashboard": {"enabled": True},
    },
    "a pair of coordinators, and engines": {
        "config": {
            "coordinator": {
                "store": "postgresql",
                "postgresql": "host=postgresql.data.svc dbname=weir user=weir sslmode=verify-full sslrootcert=/etc/weir/files/pg-ca.pem",
                "leader_lease": "etcd",
            },
            "executor": {"postgresql": "host=postgresql.data.svc dbname=weir user=weir", "kafka": "events"},
            "kafka": {
                "brokers": "kafka-0.data.svc:9093,kafka-1.data.svc:9093",
                "transport": "tls",
                "tls_ca": "/etc/weir/files/kafka-ca.pem",
                "sasl_mechanism": "PLAIN",
                "sasl_username": "weir",
                "sasl_password_file": "/etc/weir/files/kafka-password",
            },
            "discovery": {
                "etcd": "https://etcd.data.svc:2379",
                "etcd_username": "weir",
                "etcd_password_file": "/etc/weir/files/etcd-password",
            },
        },
        "tls": {"existingSecret": "weir-tls", "peerName": "weir"},
        "coordinator": {"replicas": 2, "env": [PASSWORD], "secretFiles": "weir-engines"},
        "ingest": {"secretFiles": "weir-engines"},
        "worker": {"secretFiles": "weir-engines"},
        "executor": {"env": [PASSWORD], "secretFiles": "weir-engines"},
        "networkPolicy": {"extraEgress": [{"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "data"}}}]}]},
    },
    "no policies, no affinity": {"networkPolicy": {"enabled": False}, "antiAffinity": "none"},
    "on the way to secrets of roles": {"auth": {"secrets": "both", "tokens": {"oncall": "operator"}}},
}

REFUSED = {
    "a key that is not known": {"ingests": {"replicas": 2}},
    "several coordinators without a store that they share": {"coordinator": {"replicas": 2}},
    "a variable that the chart sets itself": {"worker": {"env": [{"name": "WEIR_SECURITY_SECRET_FILE", "value": "/tmp/s"}]}},
    "no worker": {"worker": {"replicas": 0}},
    "what the chart sets itself": {"config": {"http": {"listen": "0.0.0.0:80"}}},
    "tokens past the chart": {"config": {"http": {"tokens": ["a:admin=/etc/weir/auth/token"]}}},
    "a role that tokens do not have": {"auth": {"tokens": {"a": "root"}}},
    "Prometheus with a token that is not there": {"serviceMonitor": {"enabled": True, "token": "grafana"}},
    "a path for a file's name": {"configFiles": {"contracts/streaming.yaml": {}}},
}


def fail(message: str) -> None:
    raise SystemExit(f"error: deploy/helm/weir: {message}")


def rendered(chart: helm_python.Chart, values: dict, release: str = "weir") -> list[dict]:
    texts = chart.render(values=values, name=release, namespace="metrics")
    documents = []
    for name, text in texts.items():
        if not name.endswith("NOTES.txt"):
            documents += [document for document in yaml.safe_load_all(text) if document]
    return documents


def of_kind(documents: list[dict], kind: str) -> list[dict]:
    return [document for document in documents if document["kind"] == kind]


def name_of(document: dict) -> str:
    return f"{document['kind']} {document['metadata']['name']}"


def is_selected(selector: dict, labels: dict) -> bool:
    return all(labels.get(key) == value for key, value in selector.items())


def check_schemas(documents: list[dict]) -> None:
    for document in documents:
        if document["kind"] in CUSTOM:
            continue
        for version in KUBERNETES:
            kubernetes_validate.validate(document, version, strict=True)


def check_pods(documents: list[dict]) -> dict[str, dict]:
    """Every pod has the least rights, and finds what it mounts. Returns the pod templates by role."""
    templates = {}
    config_maps = {document["metadata"]["name"] for document in of_kind(documents, "ConfigMap")}
    for document in of_kind(documents, "StatefulSet") + of_kind(documents, "Pod"):
        template = document["spec"]["template"] if document["kind"] == "StatefulSet" else document
        labels, pod = template["metadata"]["labels"], template["spec"]
        security = pod["securityContext"]
        if not (security["runAsNonRoot"] and security["runAsUser"] > 0 and security["seccompProfile"]["type"] == "RuntimeDefault"):
            fail(f"{name_of(document)}: its user or its seccomp profile")
        if pod["automountServiceAccountToken"] or pod["enableServiceLinks"]:
            fail(f"{name_of(document)}: it has a token of Kubernetes, or variables of services")
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        claims = {claim["metadata"]["name"] for claim in document["spec"].get("volumeClaimTemplates", [])}
        for volume in volumes.values():
            if "configMap" in volume and volume["configMap"]["name"] not in config_maps:
                fail(f"{name_of(document)}: no ConfigMap {volume['configMap']['name']}")
        for container in pod["containers"]:
            context = container["securityContext"]
            if context["allowPrivilegeEscalation"] or not context["readOnlyRootFilesystem"] or context["capabilities"]["drop"] != ["ALL"]:
                fail(f"{name_of(document)}: {container['name']} has more rights than it needs")
            if "memory" not in container["resources"]["limits"] or "memory" not in container["resources"]["requests"]:
                fail(f"{name_of(document)}: {container['name']} has no limit of memory")
            mounted = {mount["name"] for mount in container["volumeMounts"]}
            if mounted != set(volumes) | claims:
                fail(f"{name_of(document)}: it mounts {mounted}, and has {set(volumes) | claims}")
        if document["kind"] == "StatefulSet":
            if not is_selected(document["spec"]["selector"]["matchLabels"], labels):
                fail(f"{name_of(document)}: its selector does not find its pods")
            if document["spec"]["serviceName"] not in {service["metadata"]["name"] for service in of_kind(documents, "Service")}:
                fail(f"{name_of(document)}: no service {document['spec']['serviceName']}")
            templates[labels["app.kubernetes.io/component"]] = template
    if set(templates) != set(LISTENING):
        fail(f"roles {sorted(templates)}")
    return templates


def check_secrets(documents: list[dict], values: dict) -> None:
    """Every pod finds the secrets that its variables and flags name, and no others; the chart's own secret has them all."""
    auth = values.get("auth", {})
    kind = auth.get("secrets", "cluster")
    made = {key for document in of_kind(documents, "Secret") for key in document["data"]}
    if ("existingSecret" in auth) == bool(made):
        fail(f"the chart makes {sorted(made)}, and the secret of ours is {auth.get('existingSecret')}")
    for document in of_kind(documents, "StatefulSet") + of_kind(documents, "Pod"):
        template = document["spec"]["template"] if document["kind"] == "StatefulSet" else document
        role, pod = template["metadata"]["labels"]["app.kubernetes.io/component"], template["spec"]
        container = pod["containers"][0]
        items = next(volume for volume in pod["volumes"] if volume["name"] == "auth")["secret"]["items"]
        keys = {item["key"] for item in items}
        if any(item["key"] != item["path"] for item in items) or (made and not keys <= made):
            fail(f"{name_of(document)}: {items}")
        texts = [variable.get("value", "") for variable in container["env"]] + container.get("args", [])
        named = {text.rpartition("/etc/weir/auth/")[2] for text in texts if "/etc/weir/auth/" in text}
        if keys != named:
            fail(f"{name_of(document)}: it finds {sorted(keys)}, and names {sorted(named)}")
        expected = {"secret"} if kind != "roles" else set()
        if kind != "cluster":
            expected |= {f"role-{name}" for name in SECRETS.get(role, {"viewer"})}
        if role in SECRETS:
            expected |= {"token"} | {f"token-{name}" for name in auth.get("tokens", {})}
        if keys != expected:
            fail(f"{name_of(document)}: it finds {sorted(keys)}, and needs {sorted(expected)}")


def check_selectors(documents: list[dict], templates: dict[str, dict]) -> None:
    for document in of_kind(documents, "Service") + of_kind(documents, "PodDisruptionBudget") + of_kind(documents, "NetworkPolicy"):
        spec = document["spec"]
        selector = spec["selector"] if document["kind"] == "Service" else spec.get("selector", spec.get("podSelector"))["matchLabels"]
        found = [template for template in templates.values() if is_selected(selector, template["metadata"]["labels"])]
        if not found:
            fail(f"{name_of(document)}: it finds no pod")
        for port in spec.get("ports", []):
            for template in found:
                if port["targetPort"] not in {port["name"] for port in template["spec"]["containers"][0]["ports"]}:
                    fail(f"{name_of(document)}: no port {port['targetPort']} in {template['metadata']['labels']}")


def check_policies(documents: list[dict], templates: dict[str, dict], is_open: bool) -> None:
    """Who reaches which role's own port: as roles need it, and nobody else."""
    allowed = {"coordinator": {"coordinator", "ingest", "worker", "executor"}, "worker": {"ingest"}}
    policies = {policy["metadata"]["labels"]["app.kubernetes.io/component"]: policy["spec"] for policy in of_kind(documents, "NetworkPolicy")}
    if set(policies) != set(templates):
        fail(f"policies for {sorted(policies)}")
    for role, policy in policies.items():
        if set(policy["policyTypes"]) != {"Ingress", "Egress"}:
            fail(f"the policy of {role} leaves a direction open")
        rules = [rule for rule in policy["ingress"] if {"port": LISTENING[role]} in rule["ports"]]
        if len(rules) != 1:
            fail(f"the policy of {role} has {len(rules)} rules for its port")
        if role in allowed:
            peers = [peer["podSelector"]["matchLabels"] for peer in rules[0]["from"]]
            reach = {other for other, template in templates.items() for peer in peers if is_selected(peer, template["metadata"]["labels"])}
            if reach != allowed[role]:
                fail(f"{sorted(reach)} reach {role}, and {sorted(allowed[role])} should")
        elif ("from" not in rules[0]) != is_open:
            fail(f"the port of {role} is open to everyone, or to no one")


def check_coordinators(documents: list[dict], templates: dict[str, dict], values: dict) -> None:
    """Several are kept apart, one of them may be away at a time, and each has a name at which the others and all nodes find it."""
    count = values.get("coordinator", {}).get("replicas", 1)
    roles = {budget["metadata"]["labels"]["app.kubernetes.io/component"] for budget in of_kind(documents, "PodDisruptionBudget")}
    if ("coordinator" in roles) != (count > 1):
        fail(f"{count} coordinators, and disruption budgets for {sorted(roles)}")
    is_apart = "podAntiAffinity" in templates["coordinator"]["spec"].get("affinity", {})
    if is_apart != (count > 1 and values.get("antiAffinity") != "none"):
        fail(f"{count} coordinators, and they are kept apart: {is_apart}")


def control_urls(documents: list[dict], scheme: str, count: int) -> list[str]:
    """By which nodes find the coordinators: pods of the StatefulSet by the names of its headless service, or the one by its own service."""
    if count == 1:
        service = next(service for service in of_kind(documents, "Service") if service["metadata"]["name"].endswith("-coordinator"))
        return [f"{scheme}://{service['metadata']['name']}.metrics.svc:7700"]
    pods = next(one for one in of_kind(documents, "StatefulSet") if one["metadata"]["name"].endswith("-coordinator"))
    if pods["spec"]["replicas"] != count:
        fail(f"{pods['spec']['replicas']} coordinators, and {count} are meant")
    service = next(one for one in of_kind(documents, "Service") if one["metadata"]["name"] == pods["spec"]["serviceName"])
    if service["spec"]["clusterIP"] != "None" or not service["spec"]["publishNotReadyAddresses"]:
        fail("pods have no names of their own, or not before they are ready")
    return [f"{scheme}://{pods['metadata']['name']}-{number}.{service['metadata']['name']}.metrics.svc:7700" for number in range(count)]


def check_commands(documents: list[dict], templates: dict[str, dict], values: dict) -> None:
    """weir takes each container's command, and has the settings that the chart means."""
    config = of_kind(documents, "ConfigMap")
    files = next(document["data"] for document in config if "weir.yaml" in document["data"])
    ports = {role: next(port["containerPort"] for port in template["spec"]["containers"][0]["ports"]) for role, template in templates.items()}
    if ports != LISTENING:
        fail(f"ports {ports}")
    is_secured = "tls" in values
    auth = values.get("auth", {})
    kind = auth.get("secrets", "cluster")
    for role, template in templates.items():
        container = template["spec"]["containers"][0]
        known = {"POD_NAME": f"weir-{role}-0", "POD_IP": "192.0.2.7"}
        environment = {variable["name"]: variable.get("value", known.get(variable["name"], "of a secret")) for variable in container["env"]}
        arguments = [argument.replace("$(POD_NAME)", known["POD_NAME"]).replace("$(POD_IP)", known["POD_IP"]) for argument in container["args"]]
        found = settings(arguments, environment, files)
        own = {"coordinator": "control_url", "ingest": "ingest_url", "worker": "data_url", "executor": "intents_url"}[role]
        scheme = "tls+tcp" if is_secured else "tcp"
        expected = {
            f"node.{own}": f"{scheme}://*:{LISTENING[role]}",
            "http.listen": "0.0.0.0:8063",
            "http.token_file": "/etc/weir/auth/token",
            "security.secret_file": "none" if kind == "roles" else "/etc/weir/auth/secret",
            "security.audit_log": "/var/lib/weir/audit.ndjson" if "auditLog" in auth else "none",
            "http.tls_certificate": "/etc/weir/tls/tls.crt" if values.get("tls", {}).get("http") else "none",
            "security.tls_ca": "/etc/weir/tls/ca.crt" if is_secured else "none",
            "security.tls_peer_name": values["tls"]["peerName"] if is_secured else "auto",
        }
        for name in SECRETS[role] if kind != "cluster" else []:
            expected[f"security.role_secrets.{name}"] = f"/etc/weir/auth/role-{name}"
        tokens = [f'"{name}:{holder}=/etc/weir/auth/token-{name}"' for name, holder in auth.get("tokens", {}).items()]
        expected["http.tokens"] = f"[{', '.join(tokens)}]" if tokens else "none"
        schemes = {container[probe]["httpGet"].get("scheme", "HTTP") for probe in ["startupProbe", "livenessProbe", "readinessProbe"]}
        if schemes != {"HTTPS" if found["http.tls_certificate"] != "none" else "HTTP"}:
            fail(f"{role} is asked by {schemes}")
        coordinators = control_urls(documents, scheme, values.get("coordinator", {}).get("replicas", 1))
        if role != "coordinator":
            expected["node.control_url"] = ",".join(coordinators)
        elif len(coordinators) > 1:
            expected |= {"node.advertised_url": coordinators[0], "coordinator.store": "postgresql"}
        if role == "worker":
            expected["node.advertised_url"] = f"{scheme}://192.0.2.7:7710"
        for section in ("executor", "kafka", "discovery"):
            expected |= {f"{section}.{key}": value for key, value in values.get("config", {}).get(section, {}).items()}
        if "configFiles" in values:
            expected |= {"node.shards": "256", "journal.retention": "1h", "window_size_ms": "10000"}
        wrong = {key: found.get(key) for key, value in expected.items() if found.get(key, "").strip('"') != value}
        if wrong:
            fail(f"{role} has {wrong}, and {expected} is meant")


def check_rules(documents: list[dict]) -> None:
    for document in of_kind(documents, "PrometheusRule"):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            yaml.safe_dump(document["spec"], file)
            file.flush()
            subprocess.run(["promtool", "check", "rules", file.name], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    report = helm_python.lint(CHART, strict=True)
    findings = [message for message in report["messages"] if message["severity"] > 1]
    if findings or report["errors"]:
        fail(f"helm lint: {findings} {report['errors']}")
    chart = helm_python.Chart.load(CHART)
    objects = 0
    for name, values in VARIANTS.items():
        for release in ["weir", "a-release-with-a-rather-long-name-of-its-own"]:
            documents = rendered(chart, values, release)
            objects += len(documents)
            check_schemas(documents)
            templates = check_pods(documents)
            check_secrets(documents, values)
            check_selectors(documents, templates)
            check_coordinators(documents, templates, values)
            if values.get("networkPolicy", {}).get("enabled", True):
                check_policies(documents, templates, is_open="producers" not in values.get("networkPolicy", {}))
            elif of_kind(documents, "NetworkPolicy"):
                fail(f"{name}: policies although they are off")
            check_rules(documents)
        documents = rendered(chart, values)
        check_commands(documents, check_pods(documents), values)
    for name, values in REFUSED.items():
        try:
            rendered(chart, values)
        except helm_python.HelmError:
            continue
        fail(f"{name} is not refused: {values}")
    print(f"chart: {objects} objects in {len(VARIANTS)} variants of the values; {len(REFUSED)} wrong ones refused")


if __name__ == "__main__":
    sys.exit(main())
