"""Producers that never give up: each batch goes to an ingest again and again, to this one or another, until it is acknowledged."""
import json
import random
import threading
import time

from req import Req, Unanswered


class Producers:
    """Threads that share a stream of lines. What was acknowledged is in a file, one line as often as it was in the stream."""

    def __init__(self, ingests, stream, acknowledged, rate, seed, threads=4, batch=100, timeout=3.0, tls=None):
        """ingests: nodes; stream: a binary file of lines; rate: lines a second, all together; tls: an SSLContext, or
        None."""
        self.ingests, self.stream, self.file = ingests, stream, acknowledged
        self.rate, self.batch, self.timeout, self.tls = rate, batch, timeout, tls
        self.lock = threading.Lock()
        self.is_stopping = threading.Event()
        self.began = time.monotonic()
        self.read = self.lines = self.quarantined = self.batches = self.again = self.refused = 0
        self.longest_pause = 0.0
        self.last_acknowledged = time.monotonic()
        self.reasons = {}
        self.error = None
        self.threads = [
            threading.Thread(target=self._run, args=(random.Random(f"{seed}/{number}"), number), daemon=True)
            for number in range(threads)
        ]

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self, timeout):
        """Ends with the batches that are under way. Returns whether all were acknowledged."""
        self.is_stopping.set()
        end = time.monotonic() + timeout
        for thread in self.threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self.threads) and self.error is None

    def _next(self):
        with self.lock:
            lines = []
            while len(lines) < self.batch and (line := self.stream.readline()):
                lines.append(line if line.endswith(b"\n") else line + b"\n")
            self.read += len(lines)
            return b"".join(lines), self.began + self.read / self.rate

    def _run(self, random, number):
        clients = {}
        home = self.ingests[number % len(self.ingests)]
        try:
            while not self.is_stopping.is_set():
                body, due = self._next()
                if not body:
                    return
                while (ahead := due - time.monotonic()) > 0 and not self.is_stopping.is_set():
                    time.sleep(min(ahead, 0.2))
                began = time.monotonic()
                ingest = home
                while True:
                    client = clients.setdefault(ingest.name, Req(ingest.host, ingest.port, self.timeout, self.tls))
                    try:
                        reply = json.loads(client.request(body))
                    except Unanswered as problem:
                        reply = {"error": "retry", "reason": f"unanswered: {problem}"}
                    if "accepted" in reply:
                        break
                    if reply.get("error") != "retry":
                        raise AssertionError(f"{ingest.name} refused a batch for good: {reply}")
                    with self.lock:
                        self.again += 1
                        reason = reply["reason"].split(":")[0]
                        self.reasons[reason] = self.reasons.get(reason, 0) + 1
                    # Mostly elsewhere: so a batch may be in two journals, and must count once.
                    ingest = random.choice(self.ingests)
                    time.sleep(random.uniform(0.02, 0.1))
                with self.lock:
                    self.file.write(body)
                    self.lines += reply["accepted"]
                    self.quarantined += reply["quarantined"]
                    self.batches += 1
                    self.last_acknowledged = time.monotonic()
                    self.longest_pause = max(self.longest_pause, self.last_acknowledged - began)
        except Exception as error:  # Reported by the main thread, as the outcome of the run.
            self.error = error
