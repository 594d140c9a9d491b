"""The streamer as a process of its own beside the stack: without a broker, short of descriptors, at its limits, stopped."""

import json
import os
import resource
import signal
import socket
import subprocess
import threading

import pytest

from support.sse import Stream
from support.stack import build_dir, end_with_parent, sanitized
from support.waiting import wait_until


class Streamer:
    """choreo-streamer on the stack's data and a run directory without a broker."""

    def __init__(self, stack, tmp_path, descriptors=None, **settings):
        def before_exec():
            end_with_parent()
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        self.log = open(tmp_path / "streamer.log", "w+", encoding="utf-8")
        command = [build_dir() / "bin" / "choreo-streamer", "--dir", stack.dir, "--run-dir", tmp_path]
        self.process = subprocess.Popen(
            [*command, "--streamer-listen", "127.0.0.1:0"],
            env={**os.environ, **settings},
            stderr=self.log,
            preexec_fn=before_exec,
        )
        listening = wait_until(self.listening, "the streamer listens")
        self.port = int(listening["address"].rpartition(":")[2])

    def listening(self):
        self.log.seek(0)
        lines = [json.loads(line) for line in self.log.read().splitlines() if line.startswith("{")]
        return next((line for line in lines if line["msg"] == "listening"), None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def stream(self, path, **options):
        return Stream(self.port, path, **options)

    def connect(self, path=None):
        """A bare connection that asks for a stream, or for nothing."""
        connected = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        if path:
            connected.sendall(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
        return connected

    def health(self):
        with self.connect("/health") as connected:
            answer = b"".join(iter(lambda: connected.recv(65536), b""))
        return json.loads(answer.partition(b"\r\n\r\n")[2])

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * 4096

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def append_many(stack, slug, count, table="things"):
    client = stack.client()
    for n in range(count):
        client.insert(slug, f"e{n % 7}", table=table, n=n)
    client.close()


def read_until(connected, mark):
    read = b""
    while mark not in read:
        piece = connected.recv(65536)
        assert piece, read
        read += piece
    return read


def test_without_a_broker_streams_follow_the_log(stack, client, instance, tmp_path):
    append_many(stack, instance, 50)
    with Streamer(stack, tmp_path) as streamer:
        streams = [streamer.stream(f"/{instance}/stream?last_id={last}") for last in (0, 20, 50)]
        writers = [threading.Thread(target=append_many, args=(stack, instance, 200)) for _ in range(2)]
        for writer in writers:
            writer.start()
        wait_until(lambda: client.head(instance) > 60, "the writers write")
        late = streamer.stream(f"/{instance}/stream?last_id=60")
        for writer in writers:
            writer.join()
        assert streamer.health()["broker"] is False
        for first, stream in zip((0, 20, 50, 60), [*streams, late]):
            assert stream.wait_id(450) == list(range(first + 1, 451))
        client.ok(client.delete(f"/instances/{instance}"))
        for stream in [*streams, late]:
            assert stream.wait_event("gone").json["instance"] == instance
            stream.wait_end()


def test_each_filter_gets_what_the_log_says(stack, client, instance, tmp_path):
    """Filtered streams, started at different places while writers append, against a filter over the finished log."""
    tables = ["red", "green", "blue"]
    filters = {
        "table=red": lambda o: o["context"]["table"] == "red",
        "table=red&table=blue": lambda o: o["context"]["table"] in ("red", "blue"),
        "entity=e3": lambda o: o["target"]["id"] == "e3",
        "op=ALT,INS&table=green&entity=e1&entity=e2": lambda o: o["context"]["table"] == "green"
        and o["target"]["id"] in ("e1", "e2"),
        "op=NUL": lambda o: False,
    }
    append_many(stack, instance, 40, "green")
    writers = [threading.Thread(target=append_many, args=(stack, instance, 150, table)) for table in tables]
    with Streamer(stack, tmp_path) as lone:
        streams = []
        for writer in writers:
            writer.start()
            for text, passes in filters.items():
                last = client.head(instance) // 2
                path = f"/{instance}/stream?last_id={last}&{text}"
                streams += [(source.stream(path), last, passes) for source in (stack, lone)]
        for writer in writers:
            writer.join()
        log = client.operations(instance)
        assert len(log) == 490
        for stream, last, passes in streams:
            stream.wait(lambda s: s.last_id is not None and int(s.last_id) == 490, "a position at the head")
            assert stream.ids() == [o["id"] for o in log if o["id"] > last and passes(o)], stream.path
            assert stream.ops() == [o for o in log if o["id"] > last and passes(o)]
            stream.close()


def test_idle_streams_cost_little_memory(stack, client, instance, tmp_path):
    if sanitized():
        pytest.skip("a sanitizer has its own use of memory")
    count = 2000
    append_many(stack, instance, 20)
    with Streamer(stack, tmp_path) as streamer:
        with streamer.stream(f"/{instance}/stream") as warm:
            warm.wait_ops(20)
        before = streamer.resident_bytes()
        connections = [streamer.connect(f"/{instance}/stream") for _ in range(count)]
        for connected in connections:
            read_until(connected, b"id: 20\n")
        assert streamer.health()["streams"] == count
        grown = streamer.resident_bytes() - before
        assert grown < count * 10_000, f"{grown / count:.0f} bytes a stream"
        client.insert(instance, "x")
        for connected in connections:
            read_until(connected, b"id: 21\n")
            connected.close()
        wait_until(lambda: streamer.health()["streams"] == 0, "all streams are gone")


def test_more_streams_than_allowed_are_refused(stack, client, instance, tmp_path):
    with Streamer(stack, tmp_path, CHOREO_STREAM_MAX="3") as streamer:
        connections = [streamer.connect(f"/{instance}/stream") for _ in range(3)]
        for connected in connections:
            read_until(connected, b"retry: ")
        with streamer.stream(f"/{instance}/stream") as refused:
            refused.wait_end()
            assert refused.status == 503 and refused.answer_headers["Retry-After"]
            assert json.loads(refused.body)["code"] == "too_many_streams"
        connections.pop().close()
        wait_until(lambda: streamer.health()["streams"] == 2, "the place is free")
        client.insert(instance, "a")
        with streamer.stream(f"/{instance}/stream") as stream:
            stream.wait_ops(1)
        for connected in connections:
            connected.close()


def test_without_descriptors_it_waits_and_does_not_spin(stack, client, instance, tmp_path):
    client.insert(instance, "a")
    with Streamer(stack, tmp_path, descriptors=64) as streamer:
        silent = [streamer.connect() for _ in range(100)]
        wait_until(lambda: len(os.listdir(f"/proc/{streamer.process.pid}/fd")) >= 63, "the descriptors are used up")
        before = streamer.cpu_seconds()
        with pytest.raises(socket.timeout):
            silent[-1].settimeout(2)
            silent[-1].recv(1)
        assert streamer.cpu_seconds() - before < 0.5
        for connected in silent:
            connected.close()
        with streamer.stream(f"/{instance}/stream") as stream:
            stream.wait_ops(1)


def test_a_reader_that_takes_nothing_is_closed(stack, client, instance, tmp_path):
    for n in range(12):
        client.insert(instance, f"e{n}", text="x" * (1 << 20))
    with Streamer(stack, tmp_path, CHOREO_STREAM_WRITE_DEADLINE_SECS="2") as streamer:
        stuck = streamer.connect(f"/{instance}/stream")
        wait_until(lambda: streamer.health()["streams"] == 1, "the stream began")
        with streamer.stream(f"/{instance}/stream") as reading:
            reading.wait_ops(12)
            wait_until(lambda: streamer.health()["streams"] == 1, "the stuck one is closed")
            client.insert(instance, "last")
            reading.wait_id(13)
        stuck.close()


def test_a_stop_ends_every_stream_in_time(stack, client, instance, tmp_path):
    count = 300
    client.insert(instance, "a")
    with Streamer(stack, tmp_path) as streamer:
        connections = [streamer.connect(f"/{instance}/stream") for _ in range(count)]
        for connected in connections:
            read_until(connected, b"id: 1\n")
        ends = [b""] * count

        def read_ends():
            for n, connected in enumerate(connections):
                ends[n] = b"".join(iter(lambda: connected.recv(65536), b""))
                connected.close()

        reader = threading.Thread(target=read_ends)
        reader.start()
        assert streamer.stop() == 0
        reader.join()
    retries = [int(end.rpartition(b"retry: ")[2]) for end in ends]
    assert all((end.rpartition(b"retry: ")[0] or b"\n\n").endswith(b"\n\n") and end.endswith(b"\n") for end in ends)
    assert min(retries) >= 3000 and len(set(retries)) > count / 2
