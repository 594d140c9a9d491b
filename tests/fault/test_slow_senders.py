"""Clients that send one byte a second: they wait for themselves, and nobody else does."""

import threading
from contextlib import closing

import pytest

from support.others import connect, memory_stays, others_work_for
from support.promises import check_promises

SLOW_HEADS = [
    "POST /{slug}/operations HTTP/1.1\r\nHost: slow\r\nContent-Length: 500\r\n\r\n",
    "POST /{slug}/operations HTTP/1.1\r\nHost: slow\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\n",
    "GET /{slug}/stream HTTP/1.1\r\nHost: slow\r\nX-Long: ",
    "GET /{slug}/operations HTTP/1.1\r\nHost: slow\r\nX-Long: ",
    "",
]


class SlowSenders(threading.Thread):
    """Connections that each send one more byte every second."""

    def __init__(self, stack, slug, count):
        super().__init__(daemon=True)
        self.connections = [connect(stack) for _ in range(count)]
        for n, connected in enumerate(self.connections):
            connected.sendall(SLOW_HEADS[n % len(SLOW_HEADS)].format(slug=slug).encode())
        self.stopping = threading.Event()
        self.rounds = 0
        self.start()

    def run(self):
        while not self.stopping.wait(1):
            for connected in self.connections:
                try:
                    connected.sendall(b"x")
                except OSError:
                    pass  # its time was over
            self.rounds += 1

    def close(self):
        self.stopping.set()
        self.join()
        for connected in self.connections:
            connected.close()


def slow_senders(stack, slug, count, seconds):
    with memory_stays(stack, 32 << 20), closing(SlowSenders(stack, slug, count)) as slow:
        others_work_for(stack, slug, seconds)
        assert slow.rounds >= min(2, seconds // 2)
    check_promises(stack, slug)


def test_a_thousand_connections_that_send_a_byte_a_second(stack, instance):
    slow_senders(stack, instance, 1000, seconds=4)


@pytest.mark.long
def test_slow_senders_for_minutes(stack, instance):
    slow_senders(stack, instance, 2000, seconds=120)


def test_a_body_that_comes_slowly_is_taken(stack, client, instance):
    body = b'{"op":"INS","target":{"id":"slow"}}'
    with closing(connect(stack)) as slow:
        slow.sendall(f"POST /{instance}/operations HTTP/1.1\r\nHost: s\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        for n in range(len(body)):
            client.get("/health")  # between any two bytes
            slow.sendall(body[n : n + 1])
        assert slow.recv(65536).startswith(b"HTTP/1.1 200")
    check_promises(stack, instance)
