"""A gate in front of a broker of Kafka's protocol, which has neither TLS nor SASL of its own: for kafka_broker.py.

It is made from the documents, and not from a broker's source: the protocol guide of Apache Kafka (ApiVersions, SaslHandshake, SaslAuthenticate,
ListOffsets), KIP-152 and KIP-511, RFC 4616 (PLAIN), and RFC 5802 and 7677 (SCRAM). Besides authentication it answers, itself:
  ApiVersions  in the form that every client reads, with what the broker behind it has
  ListOffsets  of a time: the first offset whose message is stamped at or after it, -1 if there is none; and of the time -1, the offset
               after the last message
Everything else goes to the broker and back unchanged, one request of a connection at a time, as a broker does.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import socket
import ssl
import struct
import threading
from pathlib import Path

LIST_OFFSETS, HANDSHAKE, API_VERSIONS, AUTHENTICATE = 2, 17, 18, 36
# The highest versions that are read here; later ones are of another encoding.
VERSIONS_MAX = {LIST_OFFSETS: 5, HANDSHAKE: 1, AUTHENTICATE: 1}
UNSUPPORTED_MECHANISM, ILLEGAL_STATE, UNSUPPORTED_VERSION, AUTHENTICATION_FAILED = 33, 34, 35, 58
# Bytes: a longer request is none, and ends the connection, such as the greeting of TLS.
REQUEST_MAX = 100 << 20
MECHANISMS = {"PLAIN": None, "SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512"}


def text(value: str | None) -> bytes:
    return struct.pack(">h", -1) if value is None else struct.pack(">h", len(value.encode())) + value.encode()


class Reader:
    """What is in a request."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, form: str) -> int:
        (value,) = struct.unpack_from(f">{form}", self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def bytes(self, count: int) -> bytes:
        self.at += max(0, count)
        return self.data[self.at - max(0, count) : self.at]

    def text(self) -> str:
        return self.bytes(self.take("h")).decode()


class Refused(Exception):
    """Who is there can't prove it."""


class Plain:
    def __init__(self, users: dict[str, str]):
        self.users, self.user = users, None

    def step(self, message: bytes) -> bytes:
        _, user, password = message.decode().split("\0")
        if not hmac.compare_digest(self.users.get(user, "").encode(), password.encode()) or not password:
            raise Refused("Authentication failed: Invalid username or password")
        self.user = user
        return b""


class Scram:
    ITERATIONS = 4096

    def __init__(self, users: dict[str, str], mechanism: str, is_strict: bool):
        self.users, self.user, self.hash, self.first, self.is_strict = users, None, MECHANISMS[mechanism], None, is_strict
        self.refusal = f"Authentication failed during authentication due to invalid credentials with SASL mechanism {mechanism}"

    def step(self, message: bytes) -> bytes:
        return self.begin(message.decode()) if self.first is None else self.finish(message.decode())

    def begin(self, message: str) -> bytes:
        flag, _, bare = message.split(",", 2)
        fields = dict(field.split("=", 1) for field in bare.split(","))
        self.name = fields["n"].replace("=2C", ",").replace("=3D", "=")
        if flag != "n" or self.name not in self.users:
            raise Refused(self.refusal)
        self.salt, self.nonce = os.urandom(16), fields["r"] + base64.b64encode(os.urandom(18)).decode()
        answer = f"r={self.nonce},s={base64.b64encode(self.salt).decode()},i={self.ITERATIONS}"
        self.first = f"{bare},{answer}"
        return answer.encode()

    def finish(self, message: str) -> bytes:
        unproven, proof = message.rsplit(",p=", 1)
        salted = hashlib.pbkdf2_hmac(self.hash, self.users[self.name].encode(), self.salt, self.ITERATIONS)
        signed = f"{self.first},{unproven}".encode()
        stored = hashlib.new(self.hash, self.mac(salted, b"Client Key")).digest()
        signature = self.mac(stored, signed)
        key = bytes(one ^ other for one, other in zip(base64.b64decode(proof), signature, strict=True))
        # librdkafka before 2.6.1 has its own part of the nonce twice.
        is_same = unproven == f"c=biws,r={self.nonce}" or not self.is_strict and unproven.endswith(self.nonce)
        if not is_same or not hmac.compare_digest(hashlib.new(self.hash, key).digest(), stored):
            raise Refused(self.refusal)
        self.user = self.name
        return b"v=" + base64.b64encode(self.mac(self.mac(salted, b"Server Key"), signed))

    def mac(self, key: bytes, message: bytes) -> bytes:
        return hmac.digest(key, message, self.hash)


class Gate:
    """Listens at every address of this host. `users` with their passwords: none for no SASL; `certificates` of deploy/certificates.sh: none
    for no TLS."""

    def __init__(self, certificates: Path | None = None, verify_clients: bool = False, users: dict[str, str] | None = None,
                 mechanisms: list[str] = list(MECHANISMS), is_strict: bool = True):
        # Bound before the broker begins, which advertises it.
        self.socket = socket.create_server(("0.0.0.0", 0))
        self.port = self.socket.getsockname()[1]
        self.users, self.mechanisms, self.is_strict, self.tls = users, mechanisms, is_strict, None
        # The port of the broker behind; and the offset and stamp that are there at a topic, partition, and milliseconds since 1970.
        self.broker, self.search = 0, None
        if certificates:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificates / "node.pem", certificates / "node.key")
            self.tls.load_verify_locations(certificates / "ca.pem")
            self.tls.verify_mode = ssl.CERT_REQUIRED if verify_clients else ssl.CERT_NONE
        # Who has come in: the user, or the name in the certificate, or "anonymous"; and by which mechanism, or "none".
        self.seen: set[tuple[str, str]] = set()
        self.loop = asyncio.new_event_loop()

    def open(self, broker: int, search=None) -> None:
        self.broker, self.search = broker, search
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        asyncio.set_event_loop(self.loop)
        # Handshakes that fail are what is tried here.
        self.loop.set_exception_handler(lambda loop, context: None)
        self.server = self.loop.run_until_complete(asyncio.start_server(self.serve, sock=self.socket, ssl=self.tls))
        self.loop.run_forever()

    def close(self) -> None:
        """What is under way ends with the clients."""
        self.loop.call_soon_threadsafe(self.server.close)

    async def serve(self, reader, writer) -> None:
        behind = None
        try:
            behind = await asyncio.open_connection("127.0.0.1", self.broker)
            await Session(self, reader, writer, *behind).run()
        except (asyncio.IncompleteReadError, OSError):
            pass  # One side has gone.
        finally:
            writer.close()
            if behind:
                behind[1].close()


class Session:
    def __init__(self, gate: Gate, reader, writer, broker_reader, broker_writer):
        self.gate, self.reader, self.writer = gate, reader, writer
        self.broker_reader, self.broker_writer = broker_reader, broker_writer
        self.mechanism, self.is_open = "none", gate.users is None
        self.sasl = None

    async def run(self) -> None:
        if self.is_open:
            shown = (self.writer.get_extra_info("peercert") or {}).get("subject", ((("commonName", "anonymous"),),))
            self.gate.seen.add((dict(part[0] for part in shown)["commonName"], self.mechanism))
        is_alive = True
        while is_alive:
            request = await self.receive(self.reader)
            fields = Reader(request)
            key, version, number = fields.take("h"), fields.take("h"), fields.take("i")
            fields.text()
            if key == API_VERSIONS:
                answer = await self.versions(version)
            elif key in (HANDSHAKE, AUTHENTICATE) and self.gate.users is not None:
                answer, is_alive = self.authenticate(key, version, fields)
            elif not self.is_open:
                return  # As a broker does: nothing else comes before that.
            else:
                answer = await self.times(version, fields) if key == LIST_OFFSETS and self.gate.search else None
            if answer is None:
                self.send(self.broker_writer, request)
                whole = await self.receive(self.broker_reader)
            else:
                whole = struct.pack(">i", number) + answer
            self.send(self.writer, whole)
            await self.writer.drain()

    async def receive(self, reader) -> bytes:
        (count,) = struct.unpack(">I", await reader.readexactly(4))
        if count > REQUEST_MAX:
            raise ConnectionError("no request is as long")
        return await reader.readexactly(count)

    def send(self, writer, message: bytes) -> None:
        writer.write(struct.pack(">i", len(message)) + message)

    async def versions(self, version: int) -> bytes:
        self.send(self.broker_writer, struct.pack(">hhi", API_VERSIONS, 0, 0) + text("gate"))
        found = Reader(await self.receive(self.broker_reader))
        found.take("i"), found.take("h")
        kinds = {found.take("h"): (found.take("h"), found.take("h")) for _ in range(found.take("i"))}
        kinds |= {HANDSHAKE: (0, 1), AUTHENTICATE: (0, 1), API_VERSIONS: (0, 3)}
        entries = [struct.pack(">hhh", key, least, min(most, VERSIONS_MAX.get(key, most))) for key, (least, most) in kinds.items()]
        if version == 3:
            return struct.pack(">hB", 0, len(entries) + 1) + b"".join(entry + b"\0" for entry in entries) + struct.pack(">iB", 0, 0)
        # Of a version that is not known the answer is in the first one.
        head = struct.pack(">hi", UNSUPPORTED_VERSION if version > 3 else 0, len(entries))
        return head + b"".join(entries) + (struct.pack(">i", 0) if version in (1, 2) else b"")

    def authenticate(self, key: int, version: int, fields: Reader) -> tuple[bytes, bool]:
        """The answer, and whether the connection stays."""
        if key == HANDSHAKE:
            self.mechanism = fields.text()
            is_known = self.mechanism in self.gate.mechanisms
            if is_known:
                plain = self.mechanism == "PLAIN"
                self.sasl = Plain(self.gate.users) if plain else Scram(self.gate.users, self.mechanism, self.gate.is_strict)
            names = b"".join(text(name) for name in self.gate.mechanisms)
            return struct.pack(">hi", 0 if is_known else UNSUPPORTED_MECHANISM, len(self.gate.mechanisms)) + names, is_known
        error, message, answer = 0, None, b""
        try:
            if self.sasl is None:
                error, message = ILLEGAL_STATE, "SaslHandshake has to come first"
            else:
                answer = self.sasl.step(fields.bytes(fields.take("i")))
                if self.sasl.user is not None:
                    self.is_open = True
                    self.gate.seen.add((self.sasl.user, self.mechanism))
        except Refused as refusal:
            error, message = AUTHENTICATION_FAILED, str(refusal)
        body = struct.pack(">h", error) + text(message) + struct.pack(">i", len(answer)) + answer
        return body + (struct.pack(">q", 0) if version == 1 else b""), error == 0

    async def times(self, version: int, fields: Reader) -> bytes | None:
        """The answer to a question for the offsets of times; nil for one that the broker answers: for the first ones."""
        fields.take("i")
        if version >= 2:
            fields.take("b")
        topics, asked = [], []
        for _ in range(fields.take("i")):
            topic, partitions = fields.text(), []
            for _ in range(fields.take("i")):
                number = fields.take("i")
                if version >= 4:
                    fields.take("i")
                time = fields.take("q")
                asked.append(time)
                partitions.append((number, time))
            topics.append((topic, partitions))
        if min(asked) < -1:
            return None
        answer = (struct.pack(">i", 0) if version >= 2 else b"") + struct.pack(">i", len(topics))
        for topic, partitions in topics:
            answer += text(topic) + struct.pack(">i", len(partitions))
            for number, time in partitions:
                offset, stamp = await asyncio.to_thread(self.gate.search, topic, number, time)
                answer += struct.pack(">ihqq", number, 0, stamp, offset) + (struct.pack(">i", -1) if version >= 4 else b"")
        return answer
