"""A cluster of Weir processes for tests of its behaviour under faults: one process a role, on loopback or in network namespaces."""
import ctypes
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import time

from credentials import Credentials
from etcd import Etcd
from postgresql import PostgreSQL

CONTRACT = """parts:
  streaming: streaming.yaml
"""
# Nothing is too late and ids are never forgotten, so that there is one right answer, whatever happens on the way.
STREAMING = """max_lateness: unlimited
dedup_horizon: unlimited
"""


def die_with_parent():
    """Asks the kernel to end the child when this process is killed: nothing stays behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def free_ports(count, random):
    """Ports on loopback below the range from which outgoing connections get theirs."""
    ports = []
    while len(ports) < count:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in ports:
            ports.append(port)
    return ports


class Node:
    """One process, again and again."""

    def __init__(self, cluster, role, name, host, port):
        self.cluster, self.role, self.name, self.host, self.port = cluster, role, name, host, port
        self.bin = cluster.bin
        self.process = None
        self.is_stopped = False
        self.is_wanted = False
        self.lives = 0
        self.exits = []
        self.peak_rss = 0

    @property
    def url(self):
        scheme = "tls+tcp" if self.cluster.credentials else "tcp"
        return f"{scheme}://{self.host}:{self.port}"

    @property
    def log(self):
        return self.cluster.folder / f"{self.name}.log"

    def start(self):
        arguments = [str(self.bin / "weir"), self.role, "--name", self.name, "--config", str(self.cluster.config)]
        arguments += ["--listen", self.url, "--data", str(self.cluster.folder / self.name), "--log-format", "json"]
        if self.role != "coordinator":
            arguments += ["--join", self.cluster.join]
        elif self.cluster.shards:
            arguments += ["--shards", str(self.cluster.shards)]
        if self.cluster.credentials:
            arguments += self.cluster.credentials.of_node(self.role)
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.cluster.prefix(self) + arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=die_with_parent,
            )
        self.lives += 1
        self.is_wanted = True
        self.is_stopped = False

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        if self.is_running:
            self.process.send_signal(number)

    def kill(self):
        self.is_wanted = False
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def stop(self, timeout=15):
        """SIGTERM. Returns the seconds that it took; raises when it took too long or did not end well."""
        self.is_wanted = False
        began = time.monotonic()
        self.signal(signal.SIGTERM)
        code = self.process.wait(timeout)
        if code != 0:
            raise AssertionError(f"{self.name} ended with {code} when it was asked to stop; see {self.log}")
        return time.monotonic() - began

    def pause(self):
        self.is_stopped = True
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.is_stopped = False
        self.signal(signal.SIGCONT)

    def note_exit(self):
        """A process that ended without being asked to: its exit code, once; else None."""
        if not self.is_wanted or self.is_running:
            return None
        self.is_wanted = False
        self.exits.append(self.process.returncode)
        return self.process.returncode

    def note_memory(self):
        try:
            for line in open(f"/proc/{self.process.pid}/status"):
                if line.startswith("VmRSS"):
                    self.peak_rss = max(self.peak_rss, int(line.split()[1]) // 1024)
        except (OSError, AttributeError):
            pass

    @property
    def is_ready(self):
        """Whether the present life has said so."""
        try:
            with open(self.log, "rb") as log:
                log.seek(self.log_start)
                return b'"message":"ready"' in log.read()
        except OSError:
            return False


class Loopback:
    """All nodes on 127.0.0.1."""

    def __init__(self, random):
        self.ports = iter(free_ports(64, random))

    hosts = ["127.0.0.1"]

    def place(self, name):
        return "127.0.0.1", next(self.ports)

    def port_beside(self, name):
        return self.place(name)

    def prefix(self, node):
        return []

    def close(self):
        pass


# Of coordinators that share a store.
SHARED_STORE = """coordinator:
  store: postgresql
  postgresql: "{connection}"
"""


class Cluster:
    def __init__(
        self, bin, network, seed, shards=None, streaming=STREAMING, node_settings="", keep=False, has_standby=False, has_etcd=False,
        has_tls=False, elects_in_etcd=False,
    ):
        """has_standby: two coordinators, with their store in a PostgreSQL server that is the cluster's own; has_etcd: nodes find coordinators
        in an etcd that is the cluster's own; elects_in_etcd: that is also where the coordinator that leads is elected; has_tls: TLS with certificates on both sides, and a secret for each role."""
        self.bin, self.network, self.shards, self.keep = pathlib.Path(bin), network, shards, keep
        self.folder = pathlib.Path(f"/tmp/weir-chaos-{os.getpid()}-{seed}")
        self.folder.mkdir()
        self.config = self.folder / "weir.yaml"
        (self.folder / "streaming.yaml").write_text(streaming)
        (self.folder / "contract.yaml").write_text(CONTRACT)
        self.nodes, self.database, self.registry, self.credentials = {}, None, None, None
        if has_standby:
            self.database = PostgreSQL(self.folder / "postgresql", network)
            node_settings += SHARED_STORE.format(connection=self.database.connection)
            if elects_in_etcd:
                node_settings += "  leader_lease: etcd\n"
        if has_etcd or elects_in_etcd:
            self.registry = Etcd(self.folder / "etcd", network)
            node_settings += self.registry.settings
        if has_tls:
            self.credentials = Credentials(self.folder / "certificates", network.hosts)
        self.config.write_text("contract: contract.yaml\n" + node_settings)
        for name in ("coordinator", "coordinator-2") if has_standby else ("coordinator",):
            self.add("coordinator", name)

    def add(self, role, name):
        node = Node(self, role, name, *self.network.place(name))
        self.nodes[name] = node
        return node

    def add_members(self, executors):
        """What a run has besides coordinators."""
        for role, count in (("ingest", 2), ("worker", 3), ("executor", executors)):
            for number in range(1, count + 1):
                self.add(role, f"{role}-{number}")

    def generate(self, events, rate, options):
        """Starts the generator of a stream; its lines are in its stdout."""
        return subprocess.Popen(
            [str(self.bin / "weirload"), "generate", "--events", str(events), "--rate", str(rate), *options.split(), "-"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )

    def prefix(self, node):
        return self.network.prefix(node)

    def of(self, role):
        return [node for node in self.nodes.values() if node.role == role]

    @property
    def services(self):
        """What the cluster uses and is not part of it."""
        return [service for service in (self.database, self.registry) if service]

    @property
    def join(self):
        """What nodes are told of the coordinators."""
        return self.registry.join if self.registry else self.control_urls

    @property
    def control_urls(self):
        """All coordinators, those that stand still or are gone last."""
        ordered = sorted(self.of("coordinator"), key=lambda node: node.is_stopped or not node.is_running)
        return ",".join(node.url for node in ordered)

    def leader(self, other_than=None, seconds=60):
        """The coordinator that leads; waits until one does."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for node in self.of("coordinator"):
                if node is other_than or not node.is_running or node.is_stopped:
                    continue
                if self.ctl("status", "--timeout", "1", to=node.url) is not None:
                    return node
            time.sleep(0.05)
        raise AssertionError(f"no coordinator leads: {self.last_error}")

    def await_ready(self, seconds=60):
        end = time.monotonic() + seconds
        for node in self.nodes.values():
            while not node.is_ready:
                if time.monotonic() > end or (node.is_wanted and not node.is_running):
                    raise AssertionError(f"{node.name} is not ready:\n{node.log.read_text(errors='replace')[-3000:]}")
                time.sleep(0.02)

    def ctl(self, *arguments, timeout=30, to=None):
        """Runs weirctl. Returns its output, or None when it failed."""
        security = self.credentials.of_operator if self.credentials else []
        try:
            done = subprocess.run(
                [str(self.bin / "weirctl"), *arguments, "--to", to or self.control_urls, *security],
                capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired:
            return None
        self.last_error = done.stderr
        return done.stdout if done.returncode == 0 else None

    def status(self, timeout=30):
        text = self.ctl("status", "--json", timeout=timeout)
        return json.loads(text) if text else None

    def close(self, failed=False):
        for node in self.nodes.values():
            if node.is_running:
                node.resume()
                node.kill()
        for service in self.services:
            service.close()
        self.network.close()
        if self.keep or failed:
            print(f"logs and data stay in {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def find_binaries(root):
    """The folder of the programs: the newest build of weir."""
    found = [path for kind in ("release", "debug") if (path := root / ".build" / kind / "weir").exists()]
    if not found:
        raise SystemExit("no build of weir; run: swift build -c release")
    return max(found, key=lambda path: path.stat().st_mtime).parent
