"""A webhook endpoint below HTTP: a test writes the bytes of each answer itself, or none, and knows what got through."""

import socket
import struct
import threading
import time

from .receiver import Delivery
from .waiting import DEFAULT_SECONDS, wait_until

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def http(status, body=b"", headers=b"", length=None):
    length = len(body) if length is None else length
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status.encode(), length, headers, body)


def say(data):
    """A behaviour: these bytes, and the end of the connection."""
    return lambda call: call.send(data)


def accept(call):
    """A behaviour: success. Everything else is none."""
    call.send(OK)
    call.accepted = True


class Call:
    """A request and its connection, which ends when the behaviour returns."""

    def __init__(self, receiver, connection, delivery):
        self.receiver, self.connection, self.delivery = receiver, connection, delivery
        self.accepted = False

    def send(self, data):
        """Returns how many bytes were taken; the other side may well go away meanwhile."""
        sent = 0
        try:
            while sent < len(data):
                sent += self.connection.send(data[sent : sent + (1 << 16)])
        except OSError:
            pass
        return sent

    def hold(self, event=None):
        """Until the event, or until the receiver closes."""
        wait_until(lambda: self.receiver.closing.is_set() or (event and event.is_set()), "the hold ends", 60)

    def hold_until_closed(self):
        """Until the other side gave up."""
        try:
            while self.connection.recv(1 << 16):
                pass
        except OSError:
            pass

    def reset(self):
        """An RST in place of a FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


class Held:
    """A behaviour: every call is held until released.set(), the first one until one.set(); then it succeeds."""

    def __init__(self):
        self.released = threading.Event()
        self.one = self.released

    def __call__(self, call):
        call.hold(self.one if call is call.receiver.calls[0] else self.released)
        accept(call)


class RawReceiver:
    """Listens at once; `with RawReceiver(behaviour) as receiver:` closes it. Each connection serves one request in a thread of
    its own. A behaviour takes a Call; one that returns without an answer closes the connection."""

    def __init__(self, behaviour=accept, port=0):
        self.behaviour = behaviour
        self.calls = []
        self.changed = threading.Condition()
        self.closing = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def url(self, path="/hook"):
        return f"http://127.0.0.1:{self.port}{path}"

    def serve(self):
        while not self.closing.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection):
        with connection:
            delivery = read_request(connection)
            if delivery is None:
                return
            call = Call(self, connection, delivery)
            with self.changed:
                self.calls.append(call)
                self.changed.notify_all()
            self.behaviour(call)
            with self.changed:
                self.changed.notify_all()

    @property
    def deliveries(self):
        with self.changed:
            return [call.delivery for call in self.calls]

    def op_ids(self):
        return [delivery.json["op_id"] for delivery in self.deliveries]

    def accepted(self):
        with self.changed:
            return [call.delivery.json["op_id"] for call in self.calls if call.accepted]

    def wait_count(self, count, seconds=DEFAULT_SECONDS):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.calls) >= count, seconds), f"{len(self.calls)} of {count} calls"
            return list(self.calls)

    def wait_accepted(self, op_ids, seconds=DEFAULT_SECONDS):
        wanted = set(op_ids)
        with self.changed:
            got = lambda: {call.delivery.json["op_id"] for call in self.calls if call.accepted}  # noqa: E731
            assert self.changed.wait_for(lambda: wanted <= got(), seconds), f"missing {sorted(wanted - got())[:10]}"


def read_request(connection):
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            data += (piece := connection.recv(1 << 16))
            if not piece:
                return None
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        while len(body) < int(headers.get("content-length", 0)):
            body += (piece := connection.recv(1 << 16))
            if not piece:
                return None
    except OSError:
        return None
    return Delivery(lines[0].split(" ")[1], headers, body, time.monotonic())
