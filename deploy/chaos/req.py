"""A REQ client of the nng protocol over TCP or TLS, one request at a time, with nothing but the standard library.

Wire: each side greets with 00 'S' 'P' 00, its protocol (REQ is 0x30) and 00 00; then messages, each with its length in 8 bytes, big
endian. A request begins with an id of 4 bytes whose highest bit is set, and its reply with the same.
"""
import socket
import struct


class Unanswered(Exception):
    """No reply: not connected, cut off, or too late. The request may have arrived all the same."""


class Req:
    def __init__(self, host, port, timeout, tls=None):
        """tls: an SSLContext, or None."""
        self.address = (host, port)
        self.tls = tls
        self.timeout = timeout
        self.connection = None
        self.last = 0

    def request(self, body):
        """Sends a request and returns the reply, or raises Unanswered; the next request then uses a new connection."""
        try:
            if self.connection is None:
                self._connect()
            self.last += 1
            id = struct.pack(">I", 0x80000000 | self.last & 0x7FFFFFFF)
            self.connection.sendall(struct.pack(">Q", len(body) + 4) + id + body)
            while True:
                (length,) = struct.unpack(">Q", self._read(8))
                reply = self._read(length)
                if reply[:4] == id:
                    return reply[4:]
        except OSError as error:
            self.close()
            raise Unanswered(str(error)) from error

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _connect(self):
        self.connection = socket.create_connection(self.address, timeout=self.timeout)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls:
            self.connection = self.tls.wrap_socket(self.connection, server_hostname=self.address[0])
        self.connection.sendall(b"\0SP\0\0\x30\0\0")
        greeting = self._read(8)
        if greeting[:4] != b"\0SP\0":
            raise OSError(f"no nng peer: {greeting!r}")

    def _read(self, count):
        parts = []
        while count:
            part = self.connection.recv(count)
            if not part:
                raise OSError("the peer closed the connection")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)
