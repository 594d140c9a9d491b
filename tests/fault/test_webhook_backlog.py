"""Many operations and many webhooks: the dispatcher's memory has a bound that neither moves."""

import json
import socket
import threading

import pytest

from support.measure import resident_bytes
from support.stack import Stack, sanitized
from support.waiting import wait_until
from support.webhooks import append_many, hook, register

MEGABYTE = 1 << 20
SETTINGS = {"CHOREO_WEBHOOK_TIMEOUT_SECS": "30", "CHOREO_MAX_WEBHOOKS": "1000"}
SEED_OPERATIONS = 50_000
pytestmark = pytest.mark.skipif(sanitized(), reason="a sanitizer's memory is another")


class Counter:
    """An endpoint that answers at once and keeps no more of a delivery than that it came: a bit for each (path, op_id)."""

    ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"

    def __init__(self, paths, operations):
        self.seen = [bytearray(operations + 1) for _ in range(paths)]
        self.count = 0  # of different ones
        self.repeated = 0
        self.changed = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection):
        data = b""
        with connection:
            while True:
                while b"\r\n\r\n" not in data:
                    if not (piece := connection.recv(1 << 16)):
                        return
                    data += piece
                head, _, data = data.partition(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                while len(data) < length:
                    data += connection.recv(1 << 16)
                self.note(int(head[len("POST /") : head.index(b" HTTP")]), json.loads(data[:length])["op_id"])
                data = data[length:]
                connection.sendall(self.ANSWER)

    def note(self, path, op_id):
        with self.changed:
            self.repeated += self.seen[path][op_id]
            self.count += not self.seen[path][op_id]
            self.seen[path][op_id] = 1
            self.changed.notify_all()

    def wait(self, count, seconds):
        with self.changed:
            assert self.changed.wait_for(lambda: self.count >= count, seconds), f"{self.count} of {count}"


class Peak(threading.Thread):
    """The most that a process held at any of many looks, in bytes."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.ended = pid, 0, threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()
        print(f"at most {self.most / MEGABYTE:.0f} MB")

    def run(self):
        while not self.ended.wait(0.05):
            self.most = max(self.most, resident_bytes(self.pid))


@pytest.fixture
def stack():
    running = Stack(**SETTINGS).start()
    yield running
    running.stop()


@pytest.mark.parametrize(
    "operations, limit", [(20_000, 100), pytest.param(1_000_000, 140, marks=pytest.mark.long)], ids=["20k", "1M"]
)
def test_a_long_backlog_takes_bounded_memory(stack, client, instance, operations, limit):
    """Registered, then behind: it is inactive while the log grows."""
    with Counter(1, operations) as endpoint:
        register(client, instance, endpoint.url(0), active=False)
        for _ in range(operations // SEED_OPERATIONS):
            append_many(client, instance, SEED_OPERATIONS)
        append_many(client, instance, operations % SEED_OPERATIONS)
        stack.wait_replaced("dispatcher", stack.kill("dispatcher"))
        with Peak(stack.pid("dispatcher")) as peak:
            register(client, instance, endpoint.url(0))
            endpoint.wait(operations, 20 + operations / 200)
            client.close()  # nginx has closed it meanwhile; the next request opens another
            wait_until(lambda: hook(client, instance, endpoint.url(0))["lag"] == 0, "the cursor is at the head")
        assert endpoint.repeated == 0
        assert peak.most < limit * MEGABYTE


@pytest.mark.parametrize(
    "webhooks, operations, limit", [(100, 50, 100), pytest.param(1000, 200, 200, marks=pytest.mark.long)], ids=["100", "1000"]
)
def test_many_webhooks_of_one_instance_take_bounded_memory(stack, client, instance, webhooks, operations, limit):
    with Counter(webhooks, operations) as endpoint, Peak(stack.pid("dispatcher")) as peak:
        for number in range(webhooks):
            register(client, instance, endpoint.url(number))
        append_many(client, instance, operations, text="x" * 2000)
        endpoint.wait(webhooks * operations, 20 + webhooks * operations / 100)
    assert endpoint.repeated == 0
    assert peak.most < limit * MEGABYTE
