"""The frames between the processes (docs/wire.md), for tests that speak where only the programs should."""

import socket
import struct

COMMITTED, HEAD, GONE, HEARTBEAT, WEBHOOKS_CHANGED = 1, 2, 3, 4, 5


def message(kind, slug="", epoch="", first=0, last=0, records=()):
    body = struct.pack("<BBBBIQQ", 1, kind, len(slug), len(epoch), len(records), first, last)
    body += slug.encode() + epoch.encode()
    for record in records:
        body += struct.pack("<I", len(record)) + record
    return body


def topic(slug):
    return f"i/{slug}/".encode()


def intake(stack):
    return f"ipc://{stack.run_dir}/broker-in.ipc"


def relay(stack):
    return f"ipc://{stack.run_dir}/broker-out.ipc"


class RawSubscriber:
    """A subscriber without libzmq, whose own bookkeeping of very long topics would break first (ZMTP 3.0, RFC 23)."""

    def __init__(self, stack):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(str(stack.run_dir / "broker-out.ipc"))
        self.socket.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32))
        ready = b"\x05READY" + b"\x0bSocket-Type" + struct.pack(">I", 3) + b"SUB"
        self.socket.sendall(bytes([4, len(ready)]) + ready)
        greeting = b""
        while b"READY" not in greeting:
            piece = self.receive()
            assert piece, "the broker ended the handshake"
            greeting += piece

    def close(self):
        self.socket.close()

    def send(self, body):
        self.socket.sendall(b"\x02" + struct.pack(">Q", len(body)) + body)

    def receive(self):
        """Bytes of the broker's; b"" at the end."""
        return self.socket.recv(65536)
