"""The live stream as an EventSource sees it: order, exactly once, resume, filters, reset, latency."""

import http.client
import statistics
import threading
import time

import pytest

from support.measure import resident_bytes
from support.stack import sanitized
from support.waiting import wait_until

SETTINGS = {"CHOREO_STREAM_HEARTBEAT_SECS": "2"}


def append_many(stack, slug, count, table="things"):
    client = stack.client()
    for n in range(count):
        client.insert(slug, f"e{n % 50}", table=table, n=n)
    client.close()


def test_six_operations_reach_an_open_stream_in_order_and_once(stack, client, instance):
    with stack.stream(f"/{instance}/stream") as stream:
        stream.wait_open()
        answers = [client.insert(instance, f"e{n}") for n in range(6)]
        operations = stream.wait_ops(6)
        client.insert(instance, "last")
        stream.wait_id(7)
    assert [o["id"] for o in operations] == [a["op_id"] for a in answers] == [1, 2, 3, 4, 5, 6]
    assert stream.ids() == [1, 2, 3, 4, 5, 6, 7]
    for operation, answer in zip(operations, answers):
        assert (operation["guid"], operation["ts"]) == (answer["guid"], answer["ts"])


def test_headers_and_retry(stack, client, instance):
    client.insert(instance, "a")
    with stack.stream(f"/{instance}/stream", headers={"Origin": "https://example.org"}) as stream:
        stream.wait_ops(1)
        headers = stream.answer_headers
        assert headers.get_content_type() == "text/event-stream"
        assert headers["X-Accel-Buffering"] == "no" and "no-" in headers["Cache-Control"]
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["X-Trace-ID"] and headers["Content-Encoding"] is None
        assert len(stream.retries) == 1 and stream.retries[0] > 0


def test_a_new_operation_is_on_the_stream_within_100_ms(stack, client, instance):
    delays = []
    with stack.stream(f"/{instance}/stream") as stream:
        stream.wait_open()
        for n in range(1, 31):
            started = time.monotonic()
            client.insert(instance, "a", n=n)
            stream.wait_id(n)
            delays.append(stream.named("op")[-1].at - started)
    assert statistics.median(delays) < 0.1, sorted(delays)


def test_resume_by_header_wins_over_the_query(stack, client, instance):
    append_many(stack, instance, 10)
    path = f"/{instance}/stream?last_id=2"
    with stack.stream(path, headers={"Last-Event-ID": "7"}) as stream, stack.stream(path) as other:
        assert stream.wait_id(10) == [8, 9, 10]
        assert other.wait_id(10) == list(range(3, 11))


def test_latest_and_tail(stack, client, instance):
    append_many(stack, instance, 10)
    with stack.stream(f"/{instance}/stream?last_id=latest") as latest, stack.stream(f"/{instance}/stream?tail=3") as tail:
        tail.wait_id(10)
        latest.wait_open()
        append_many(stack, instance, 2)
        assert latest.wait_id(12) == [11, 12]
        assert tail.wait_id(12) == [8, 9, 10, 11, 12]


def test_filters_advance_the_position(stack, client, instance):
    append_many(stack, instance, 20, table="plenty")
    client.insert(instance, "rare", table="few")
    append_many(stack, instance, 20, table="plenty")
    with stack.stream(f"/{instance}/stream?table=few") as stream:
        assert [o["target"]["id"] for o in stream.wait_ops(1)] == ["rare"]
        stream.wait(lambda s: s.last_id is not None and int(s.last_id) == 41, "a position at the head")
        assert {event.name for event in stream.events} <= {"op", "position"}
        client.append(instance, "ALT", {"id": "rare", "x": 1}, {"table": "few"})
        assert [o["id"] for o in stream.wait_ops(2)] == [21, 42]
    with stack.stream(f"/{instance}/stream?op=ALT,NUL") as stream:
        assert [o["id"] for o in stream.wait_ops(1)] == [42]
    with stack.stream(f"/{instance}/stream?entity=rare") as stream:
        assert [o["id"] for o in stream.wait_ops(2)] == [21, 42]


def test_resume_past_the_head_is_told(stack, client, instance):
    append_many(stack, instance, 3)
    with stack.stream(f"/{instance}/stream?last_id=99") as stream:
        reset = stream.wait_event("reset").json
        assert stream.wait_id(3) == [1, 2, 3]
    assert reset["head"] == 3
    with stack.stream(f"/{instance}/stream?last_id=1&epoch=ffffffffffffffffffffffffffffffff") as stream:
        assert stream.wait_event("reset").json["epoch"] == reset["epoch"]
        assert stream.wait_id(3) == [1, 2, 3]
    with stack.stream(f"/{instance}/stream?last_id=1&epoch={reset['epoch']}") as stream:
        assert stream.wait_id(3) == [2, 3] and not stream.named("reset")


def test_a_new_instance_under_an_old_name_resets(stack, client, instance):
    append_many(stack, instance, 3)
    with stack.stream(f"/{instance}/stream?last_id=99") as stream:
        old = stream.wait_event("reset").json["epoch"]
    client.ok(client.delete(f"/instances/{instance}"))
    client.create(instance)
    append_many(stack, instance, 5)
    with stack.stream(f"/{instance}/stream?last_id=3&epoch={old}") as stream:
        assert stream.wait_event("reset").json["epoch"] != old
        assert stream.wait_id(5) == [1, 2, 3, 4, 5]


def test_the_seam_between_history_and_live(stack, client, instance):
    """Streams that start while two writers append see every operation once, wherever they start."""
    append_many(stack, instance, 300)
    writers = [threading.Thread(target=append_many, args=(stack, instance, 400)) for _ in range(2)]
    for writer in writers:
        writer.start()
    streams = []
    start = 0
    while any(writer.is_alive() for writer in writers) and len(streams) < 60:
        streams.append((start, stack.stream(f"/{instance}/stream?last_id={start}")))
        start = max(0, client.head(instance) - 5 * (len(streams) % 4))
    for writer in writers:
        writer.join()
    assert len(streams) > 5
    for first, stream in streams:
        assert stream.wait_id(1100, seconds=60) == list(range(first + 1, 1101))
        stream.close()


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_other_methods(client, instance, method):
    answer = client.request(method, f"/{instance}/stream")
    assert answer.status in (200, 204) and answer.body == b""
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_slow_reader_gets_everything_from_the_log(stack, client, instance):
    """It stops reading while megabytes are appended; the streamer must neither drop it nor keep them for it."""
    size, count = 50_000, 200
    with stack.stream(f"/{instance}/stream", receive_buffer=4096) as slow, stack.stream(f"/{instance}/stream") as quick:
        slow.wait_open()
        quick.wait_open()
        client.insert(instance, "first")
        slow.wait_id(1)
        slow.pause()
        before = resident_bytes(stack.pid("streamer"))
        for n in range(count):
            client.insert(instance, f"e{n}", text="x" * size)
        quick.wait_id(count + 1, seconds=60)
        grown = resident_bytes(stack.pid("streamer")) - before
        assert slow.ids()[-1] < count + 1, "the reader was not slow enough for this test to mean anything"
        assert sanitized() or grown < 64 << 20, f"{grown} bytes more for {size * count} bytes appended"
        slow.go_on()
        assert slow.wait_id(count + 1, seconds=60) == list(range(1, count + 2))


def test_faults_e4_no_block_without_data_is_sent(stack, client, instance):
    """Some clients report an empty message for one. `retry:` and heartbeats stand before the first event, in its block."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)
    connection.request("GET", f"/{instance}/stream")
    response = connection.getresponse()
    lines = [response.readline() for _ in range(4)]  # the last two are heartbeats
    client.insert(instance, "a")
    while lines[-1] != b"\n":
        lines.append(response.readline())
    connection.close()
    assert lines[1].startswith(b"retry: ") and lines[2:4] == [b":\n", b":\n"]
    assert b"event: op\n" in lines and any(line.startswith(b"data: ") for line in lines)


def test_a_heartbeat_comes_on_a_silent_stream(stack, client, instance):
    client.insert(instance, "a")
    with stack.stream(f"/{instance}/stream") as stream:
        stream.wait_ops(1)
        stream.wait(lambda s: len(s.comments) >= 2, "two heartbeats")


def test_streams_end_cleanly_when_the_stack_stops(stack, client, instance):
    """Last in this module: it stops and starts the stack."""
    client.insert(instance, "a")
    streams = [stack.stream(f"/{instance}/stream") for _ in range(5)]
    for stream in streams:
        stream.wait_ops(1)
    client.close()
    stack.restart()
    for stream in streams:
        stream.wait_end()
    with stack.stream(f"/{instance}/stream?last_id=0") as stream:
        assert stream.wait_id(1) == [1]
    wait_until(lambda: stack.client().get("/health").status == 200, "healthy again")


def test_faults_e1_operations_as_unnamed_messages_or_under_another_name(stack, client, instance):
    append_many(stack, instance, 1500, table="other")
    client.insert(instance, "mine", table="mine")
    with (
        stack.stream(f"/{instance}/stream?event=message") as unnamed,
        stack.stream(f"/{instance}/stream?event=change&table=mine&epoch=ffffffffffffffffffffffffffffffff") as named,
    ):
        unnamed.wait(lambda s: len(s.named("message")) == 1501, "all operations")
        client.insert(instance, "mine", table="mine", n=2)
        unnamed.wait(lambda s: len(s.named("message")) == 1502, "the live one")
        named.wait(lambda s: len(s.named("change")) == 2, "both of the table")
        assert [int(event.id) for event in unnamed.events] == list(range(1, 1503)), "and no other event"
        assert unnamed.named("message")[0].json["id"] == 1
        assert [event.id for event in named.named("change")] == ["01501", "01502"]
        assert {event.name for event in named.events} <= {"change", "reset", "position"}
    for wrong in ("reset", "a%0Ab", "n" * 65):
        refused = client.get(f"/{instance}/stream?event={wrong}")
        assert (refused.status, refused.json["field"]) == (400, "event")
