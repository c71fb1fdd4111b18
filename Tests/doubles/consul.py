#!/usr/bin/env python3
"""A stand-in for one agent of Consul, made from its documented HTTP API, as there is no package of Consul to test with.

    consul.py PORT [--token TOKEN] [--interval SECONDS] [--tls CERTIFICATE KEY CA]

What it does of developer.hashicorp.com/consul/api-docs: PUT /v1/agent/service/register, PUT /v1/agent/service/deregister/ID,
GET /v1/agent/service/ID, GET /v1/agent/services, GET /v1/health/service/NAME[?passing]. Keys and durations that the API does
not have are refused with 400, as are bodies without a name; with --token, requests without that X-Consul-Token get 403.
With --tls it speaks HTTPS and asks
clients for a certificate of the authority (verify_incoming). Checks begin critical, and ask their URL every SECONDS (default: as registered). Port 0 takes a free one; prints "port N".
"""
import argparse
import http.server
import json
import re
import ssl
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

SERVICE_KEYS = {
    "ID", "Name", "Tags", "Address", "TaggedAddresses", "Meta", "Namespace", "Port", "Kind", "Proxy", "Connect", "Check",
    "Checks", "EnableTagOverride", "Weights", "Locality", "Partition",
}
CHECK_KEYS = {
    "Name", "ID", "CheckID", "Interval", "Notes", "DeregisterCriticalServiceAfter", "Args", "AliasNode", "AliasService",
    "DockerContainerID", "GRPC", "GRPCUseTLS", "H2PING", "H2PingUseTLS", "HTTP", "Method", "Body", "DisableRedirects",
    "Header", "Timeout", "OutputMaxSize", "TLSServerName", "TLSSkipVerify", "TCP", "UDP", "OSService", "TTL", "ServiceID",
    "Status", "SuccessBeforePassing", "FailuresBeforeWarning", "FailuresBeforeCritical",
}
DURATION = re.compile(r"^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$")
UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text):
    return sum(float(n) * UNITS[unit] for n, _, unit in re.findall(r"(\d+(\.\d+)?)(ns|us|ms|s|m|h)", text))


def problem(service):
    """Why a registration is refused; None when it is taken."""
    if not isinstance(service, dict):
        return "Request decode failed"
    for key in service:
        if key not in SERVICE_KEYS:
            return f"Request decode failed: invalid config key {key!r}"
    if not service.get("Name"):
        return "Missing service name"
    if not isinstance(service.get("Port", 0), int):
        return "Request decode failed: Port"
    check = service.get("Check")
    if check:
        for key in check:
            if key not in CHECK_KEYS:
                return f"Request decode failed: invalid config key Check.{key}"
        for key in ("Interval", "Timeout", "DeregisterCriticalServiceAfter"):
            if key in check and not DURATION.match(check[key]):
                return f"Invalid check: time: invalid duration {check[key]!r}"
        if "HTTP" in check and "Interval" not in check:
            return "Invalid check: Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks"
    return None


class Agent:
    def __init__(self, interval):
        self.lock = threading.Lock()
        self.interval = interval
        self.services = {}
        self.states = {}

    def register(self, service):
        identity = service.get("ID") or service["Name"]
        with self.lock:
            is_new = identity not in self.services
            self.services[identity] = service
            if is_new and service.get("Check"):
                self.states[identity] = "critical"
                threading.Thread(target=self.check, args=(identity,), daemon=True).start()

    def deregister(self, identity):
        with self.lock:
            self.states.pop(identity, None)
            return self.services.pop(identity, None) is not None

    def check(self, identity):
        while True:
            with self.lock:
                service = self.services.get(identity)
            if service is None:
                return
            check = service["Check"]
            try:
                with urllib.request.urlopen(check["HTTP"], timeout=seconds(check.get("Timeout", "10s"))):
                    state = "passing"
            except urllib.error.HTTPError as error:
                state = "warning" if error.code == 429 else "critical"
            except OSError:
                state = "critical"
            with self.lock:
                if identity in self.states:
                    self.states[identity] = state
            time.sleep(self.interval or seconds(check["Interval"]))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    agent = None
    token = None

    def log_message(self, *_):
        pass

    def answer(self, status, value=None):
        body = b"" if value is None else json.dumps(value).encode() if not isinstance(value, str) else value.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def is_allowed(self):
        if self.token is None or self.headers.get("X-Consul-Token") == self.token:
            return True
        self.answer(403, "Permission denied: token with AccessorID '00000000-0000-0000-0000-000000000002' lacks permission")
        return False

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.is_allowed():
            return
        path = urllib.parse.urlparse(self.path).path
        if path == "/v1/agent/service/register":
            try:
                service = json.loads(body)
            except ValueError as error:
                return self.answer(400, f"Request decode failed: {error}")
            wrong = problem(service)
            if wrong:
                return self.answer(400, wrong)
            self.agent.register(service)
            return self.answer(200)
        prefix = "/v1/agent/service/deregister/"
        if path.startswith(prefix):
            identity = urllib.parse.unquote(path[len(prefix):])
            if self.agent.deregister(identity):
                return self.answer(200)
            return self.answer(404, f"Unknown service ID {identity!r}. Ensure that the service ID is passed, not the service name.")
        return self.answer(404)

    def do_GET(self):
        if not self.is_allowed():
            return
        url = urllib.parse.urlparse(self.path)
        query = urllib.parse.parse_qs(url.query, keep_blank_values=True)
        with self.agent.lock:
            services, states = dict(self.agent.services), dict(self.agent.states)

        def shown(identity):
            service = services[identity]
            return {
                "ID": identity, "Service": service["Name"], "Tags": service.get("Tags") or [], "Meta": service.get("Meta") or {},
                "Address": service.get("Address", ""), "Port": service.get("Port", 0),
            }

        if url.path == "/v1/agent/services":
            return self.answer(200, {identity: shown(identity) for identity in services})
        prefix = "/v1/agent/service/"
        if url.path.startswith(prefix):
            identity = urllib.parse.unquote(url.path[len(prefix):])
            if identity not in services:
                return self.answer(404, f"unknown service ID: {identity}")
            return self.answer(200, shown(identity))
        prefix = "/v1/health/service/"
        if url.path.startswith(prefix):
            name = urllib.parse.unquote(url.path[len(prefix):])
            found = []
            for identity in sorted(services):
                if services[identity]["Name"] != name or ("passing" in query and states.get(identity, "passing") != "passing"):
                    continue
                check = services[identity].get("Check") or {}
                found.append({
                    "Node": {"Node": "agent-1", "Address": "127.0.0.1"},
                    "Service": shown(identity),
                    "Checks": [{
                        "CheckID": f"service:{identity}", "Status": states.get(identity, "passing"), "ServiceID": identity,
                        "Definition": {"HTTP": check.get("HTTP"), "Interval": check.get("Interval"), "Timeout": check.get("Timeout")},
                    }],
                })
            return self.answer(200, found)
        return self.answer(404)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("--token")
    parser.add_argument("--interval", type=float)
    parser.add_argument("--tls", nargs=3)
    options = parser.parse_args()
    Handler.agent = Agent(options.interval)
    Handler.token = options.token
    server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    if options.tls:
        certificate, key, authority = options.tls
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(authority)
        context.verify_mode = ssl.CERT_REQUIRED
        server.socket = context.wrap_socket(server.socket, server_side=True)
    sys.stdout.write(f"port {server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


main()
