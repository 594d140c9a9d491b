"""Clients that stop reading: they take bounded memory, the others do not notice, and they get everything once they read again."""

from contextlib import ExitStack, closing

from support.others import PATIENCE_SECONDS, connect, memory_stays, others_work_for
from support.promises import check_promises

THREADS = 8
SETTINGS = {"CHOREO_STREAM_WRITE_DEADLINE_SECS": "60", "CHOREO_FCGI_THREADS": str(THREADS)}
MEGABYTE = "x" * (1 << 20)
THREAD_BYTES = 24 << 20  # its reader's pages, 8 MB, and several copies of rows of 1 MB on their way


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
    with ExitStack() as connections, memory_stays(stack, THREADS * THREAD_BYTES):
        for _ in range(120):
            connected = connections.enter_context(closing(connect(stack, receive_buffer=4096)))
            connected.sendall(f"GET /{instance}/state/things HTTP/1.1\r\nHost: s\r\n\r\n".encode())
        others_work_for(stack, instance, 3)
    check_promises(stack, instance)
