"""Clients that send slowly, take nothing, or send too much: they get their answer or lose their connection, they take bounded
memory, and the others do not notice."""

import select
import socket
import threading
import time
from contextlib import ExitStack, closing, contextmanager

import pytest

from support.measure import children, resident_bytes
from support.promises import check_promises
from support.stack import sanitized
from support.writers import Writers

THREADS = 8
SETTINGS = {"CHOREO_STREAM_WRITE_DEADLINE_SECS": "60", "CHOREO_FCGI_THREADS": str(THREADS)}
PATIENCE_SECONDS = 10  # of an ordinary client meanwhile
CHUNK = b"x" * (1 << 16)
LARGE = 100 << 20
MEGABYTE = "x" * (1 << 20)


def processes(stack):
    names = ("fcgi-1", "fcgi-2", "broker", "streamer", "dispatcher")
    return {**{name: stack.pid(name) for name in names}, **{f"nginx {pid}": pid for pid in children(stack.pid("nginx"))}}


@contextmanager
def memory_stays(stack, below):
    """No process grows by more than `below` bytes; each is as it was before, not a successor."""
    pids = processes(stack)
    before = {name: resident_bytes(pid) for name, pid in pids.items()}
    yield
    assert processes(stack) == pids, "one of them ended"
    grown = {name: resident_bytes(pid) - before[name] for name, pid in pids.items()}
    assert sanitized() or max(grown.values()) < below, grown


def connect(stack, receive_buffer=None):
    connected = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if receive_buffer:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connected.settimeout(20)
    connected.connect(("127.0.0.1", stack.port))
    return connected


# --- one byte a second

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


def others_work_for(stack, slug, seconds):
    """Ordinary clients, each request with a limit: new connections, reads, writes, a stream."""
    end = time.monotonic() + seconds
    with stack.stream(f"/{slug}/stream") as stream:
        while time.monotonic() < end:
            with closing(stack.client(timeout=PATIENCE_SECONDS)) as client:
                op_id = client.insert(slug, "e")["op_id"]
                assert client.ok(client.get(f"/{slug}/state/things/e"))["alive"] is True
                stream.wait_id(op_id, seconds=PATIENCE_SECONDS)


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


# --- readers that stop reading

def test_streams_that_stop_reading(stack, client, instance):
    """200 of them behind 40 MB, each with its own position: it is the log that remembers for them."""
    client.insert(instance, "first")
    with ExitStack() as streams, memory_stays(stack, 96 << 20):
        stopped = [streams.enter_context(closing(connect(stack, receive_buffer=4096))) for _ in range(200)]
        for connected in stopped:
            connected.sendall(f"GET /{instance}/stream HTTP/1.1\r\nHost: s\r\n\r\n".encode())
        paused = [streams.enter_context(stack.stream(f"/{instance}/stream", receive_buffer=4096)) for _ in range(3)]
        reading = streams.enter_context(stack.stream(f"/{instance}/stream"))
        for stream in paused:
            stream.wait_id(1)
            stream.pause()
        for n in range(40):
            client.insert(instance, "large", text=MEGABYTE, n=n)
            reading.wait_id(n + 2, seconds=PATIENCE_SECONDS)
        for stream in paused:
            assert len(stream.ids()) < 40
            stream.go_on()
        check_promises(stack, instance, streams=[*paused, reading])
        for stream in [*paused, reading]:
            assert stream.connections == 1


def test_readers_of_large_answers_that_stop_reading(stack, client, instance):
    """A table of 20 MB, asked for by more clients than there are threads; none of them reads."""
    for n in range(20):
        client.insert(instance, f"e{n}", text=MEGABYTE)
    with ExitStack() as connections, memory_stays(stack, THREADS * (16 << 20)):
        for _ in range(120):
            connected = connections.enter_context(closing(connect(stack, receive_buffer=4096)))
            connected.sendall(f"GET /{instance}/state/things HTTP/1.1\r\nHost: s\r\n\r\n".encode())
        others_work_for(stack, instance, 3)
    check_promises(stack, instance)


# --- bodies that are too large

def send_until_answered(connected, head, pieces):
    """What the server says, however much was sent by then; and how much that was."""
    connected.sendall(head)
    sent = 0
    for piece in pieces:
        readable, writable, _ = select.select([connected], [connected], [], 20)
        assert readable or writable, "it neither takes nor says anything"
        if readable:
            break
        try:
            connected.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            break  # it has answered and closed
        sent += len(piece)
    return connected.recv(65536), sent


def plain_body(length):
    return f"Content-Length: {length}\r\n\r\n".encode(), (CHUNK for _ in range(length // len(CHUNK)))


def chunked_body(length):
    piece = b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK)
    return b"Transfer-Encoding: chunked\r\n\r\n", (piece for _ in range(length // len(CHUNK)))


@pytest.mark.parametrize("kind", [plain_body, chunked_body])
def test_bodies_of_100_megabytes(stack, client, instance, kind):
    answers = []

    def send():
        with closing(connect(stack)) as connected:
            head, pieces = kind(LARGE)
            head = f"POST /{instance}/operations HTTP/1.1\r\nHost: s\r\n".encode() + head
            answers.append(send_until_answered(connected, head, pieces))

    with memory_stays(stack, 32 << 20), Writers(stack, instance, keyed=1, plain=1) as writers:
        senders = [threading.Thread(target=send) for _ in range(8)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        writers.progress(10)
    assert len(answers) == 8
    for answer, sent in answers:
        assert answer.startswith(b"HTTP/1.1 413") and b'"code":"body_too_large"' in answer, answer
        assert b"16777216 bytes" in answer, "it names the limit"
        assert sent < LARGE / 2
    check_promises(stack, instance, writers)
