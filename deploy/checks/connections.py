"""For deploy/connections.sh: strangers on every port of a node, while others are served."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

PROGRAMS, WORK, COUNT, IS_TLS = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "tls"
SCHEME, HTTP_SCHEME = ("tls+tcp", "https") if IS_TLS else ("tcp", "http")
CERTIFICATES = WORK / "certificates"
# SP's greeting: 0 "SP" 0, the protocol's number, 0 0.
GREETINGS = {
    "ingest": b"\0SP\0\x00\x30\0\0",
    "control": b"\0SP\0\x00\x30\0\0",
    "intents": b"\0SP\0\x00\x21\0\0",
    "http": b"GET /health HTTP/1.1\r\n",
}
# The node's own files, and those of weirctl's connections, that may come and go meanwhile.
OTHER_FILES = 20
# Wall clock, for whatever is awaited.
PATIENCE = 180


def client_context() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=CERTIFICATES / "ca.pem")
    context.load_cert_chain(CERTIFICATES / "client.pem", CERTIFICATES / "client.key")
    return context


CONTEXT = client_context() if IS_TLS else None


def credentials(name: str) -> list[str]:
    """The options of a program that has the certificate of that name."""
    files = {"ca": "ca.pem", "certificate": f"{name}.pem", "key": f"{name}.key"}
    return [f"--tls-{option}={CERTIFICATES / file}" for option, file in files.items()] if IS_TLS else []


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def until(what: str, condition) -> float:
    """Awaits something. Returns the seconds that it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > PATIENCE:
            raise SystemExit(f"FAILED: {what} did not come true in {PATIENCE} s")
        time.sleep(0.05)
    return time.monotonic() - began


class Node:
    def __init__(self) -> None:
        self.ports = dict(zip(GREETINGS, free_ports(len(GREETINGS))))
        urls = [f"--{name}={SCHEME}://127.0.0.1:{self.ports[name]}" for name in ("ingest", "control", "intents")]
        self.log = WORK / "log"
        settings = {"WEIR_HTTP_CONNECTIONS_MAX": str(COUNT + 100)}
        if IS_TLS:
            settings |= {"WEIR_HTTP_TLS_CERTIFICATE": str(CERTIFICATES / "node.pem"), "WEIR_HTTP_TLS_KEY": str(CERTIFICATES / "node.key")}
        self.process = subprocess.Popen(
            [
                PROGRAMS / "weir", "up", f"--data={WORK}/data", f"--http=127.0.0.1:{self.ports['http']}",
                "--max-lateness=unlimited", "--dedup-horizon=unlimited", *urls, *credentials("node"),
            ],
            stderr=self.log.open("w"),
            env={name: value for name, value in os.environ.items() if not name.startswith("WEIR_")} | settings,
        )
        until("the node is ready", lambda: "weir: ready" in self.log.read_text() or self.process.poll() is not None)

    def files(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory(self) -> int:
        """Resident bytes."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def ctl(self, *arguments: str) -> str:
        place = f"--ingest={SCHEME}://127.0.0.1:{self.ports['ingest']}" if arguments[0] == "send" else f"--to={SCHEME}://127.0.0.1:{self.ports['control']}"
        run = subprocess.run([PROGRAMS / "weirctl", *arguments, place, *credentials("client")], capture_output=True, text=True, timeout=PATIENCE)
        if run.returncode != 0:
            raise SystemExit(f"FAILED: weirctl {' '.join(arguments)}: {run.stderr}")
        return run.stdout

    def serves(self) -> dict[str, float]:
        """Sends, counts and asks as others do. Returns the seconds of each."""
        took = {}
        for name, step in [
            ("send", lambda: self.ctl("send", "Tests/Golden/basic.ndjson")),
            ("flush", lambda: self.ctl("flush")),
            ("status", lambda: self.ctl("status")),
            ("ready", lambda: urllib.request.urlopen(f"{HTTP_SCHEME}://127.0.0.1:{self.ports['http']}/ready", timeout=PATIENCE, context=CONTEXT).read()),
        ]:
            began = time.monotonic()
            step()
            took[name] = time.monotonic() - began
        return took


def told(seconds: dict[str, float]) -> str:
    return ", ".join(f"{name} {1000 * value:.0f} ms" for name, value in seconds.items())


def strangers(node: Node, name: str) -> tuple[list[socket.socket], list[socket.socket]]:
    """Those that begin as the protocol does, and those that say nothing."""
    begun, silent = [], []
    for number in range(COUNT):
        # The kernel looks for a free port longer and longer, the more of an address are taken or were of late: a few addresses for each place.
        one = socket.socket()
        one.bind((f"127.0.{1 + list(GREETINGS).index(name)}.{1 + number // 2000}", 0))
        one.settimeout(PATIENCE)
        one.connect(("127.0.0.1", node.ports[name]))
        if CONTEXT and number % 4 != 1:
            one = CONTEXT.wrap_socket(one, server_hostname="127.0.0.1")
        if number % 2 == 0:
            one.sendall(GREETINGS[name])
            begun.append(one)
        else:
            silent.append(one)
    return begun, silent


def is_closed(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        while one.recv(4096):
            pass
        return True
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True


def visit(node: Node, name: str) -> None:
    """Strangers come to a port, and go."""
    files, memory, began = node.files(), node.memory(), time.monotonic()
    begun, silent = strangers(node, name)
    # Not those that it has closed already: on a busy machine the first have been silent for too long before the last one comes.
    until(
        f"the node has taken the connections on {name}",
        lambda: node.files() >= files + sum(not is_closed(one) for one in begun + silent) - OTHER_FILES,
    )
    came = time.monotonic() - began
    most = node.files() - files
    cost = (node.memory() - memory) / max(most, 1) / 1000
    served = node.serves()
    # A greeting, and a TLS handshake, have 10 s, HTTP a connection http.idle_timeout_ms.
    closing = until(f"who says nothing on {name} is closed", lambda: all(is_closed(one) for one in silent))
    for one in begun + silent:
        one.close()
    back = until(f"the node has given the files of {name} back", lambda: node.files() <= files + OTHER_FILES)
    print(f"{name}: {COUNT} strangers came in {came:.1f} s, {most} at a time, {cost:.1f} kB each")
    print(f"  meanwhile: {told(served)}")
    print(f"  {len(silent)} silent ones closed {closing:.1f} s later, all files given back in {back:.1f} s", flush=True)


def main() -> None:
    node = Node()
    failures = []
    try:
        print(f"alone: {told(node.serves())}; {node.files()} files, {node.memory() / 1e6:.0f} MB", flush=True)
        for name in GREETINGS:
            visit(node, name)
        print(f"left: {told(node.serves())}; {node.files()} files, {node.memory() / 1e6:.0f} MB")
        events = re.search(r"accepted (\d+) = counted (\d+) \+ duplicate (\d+) \+ quarantined (\d+)", node.ctl("status"))
        accepted, *parts = map(int, events.groups())
        if accepted != sum(parts) or parts[0] == 0:
            failures.append(f"the sum does not hold: {events.group()}")
        if node.process.poll() is not None:
            failures.append(f"the node ended with {node.process.returncode}")
    finally:
        node.process.send_signal(signal.SIGTERM)
        node.process.wait()
    log = node.log.read_text()
    for sign in ["stopped answering", "panic", "Too many open files"]:
        if sign in log:
            failures.append(f"its log says: {next(line for line in log.splitlines() if sign in line)}")
    print("FAILED: " + "; ".join(failures) if failures else "all well")
    sys.exit(1 if failures else 0)


main()
