"""The live stream: many readers, latency, the way back through a long log, memory."""

import subprocess
import time

from .. import data_sets
from ..environment import BIN
from ..load import sqlite_shell
from ..measure import compare, from_pairs
from ..processes import resident_kb
from ..readers import Readers
from ..run import LONG_LOG
from ..servers import Nchan, Streamer

STREAMS = 1_000
EVENTS = 1_000
PUBLISHERS = 16
IDLE_STREAMS = 5_000
LATENCY_OPERATIONS = 500
ROWS_OF_LOG = "SELECT id, pretty_id, guid, ts, op, target, context, frame FROM operations ORDER BY id"


def deliveries(port, path, publish_port, publish_path, body):
    """Deliveries a second, from the sending of the first message until the last stream has the last one."""
    with Readers(port, path, STREAMS, EVENTS) as readers:
        output = subprocess.run(
            [BIN / "publish", f"127.0.0.1:{publish_port}", publish_path, str(EVENTS), str(PUBLISHERS), body],
            check=True, capture_output=True, text=True,
        ).stdout
        return STREAMS * EVENTS / (readers.done() - float(output))


def body_of(number, name):
    return data_sets.new_place(0).replace("place-0000000", f"{name}-{number}-@")


def beside_nchan(run, row, what, goal, port):
    """nchan gets the text that Choreo's events carry as their data."""
    instance = run.instance(row)
    client = run.choreo().client()
    client.post(f"/{instance}/operations", body=body_of(0, "first").replace("@", "0"))
    client.close()
    event = subprocess.run(
        ["curl", "-sSN", "--max-time", "1", run.url(f"/{instance}/stream?tail=1")], capture_output=True, text=True, check=False
    ).stdout
    message = event.split("data: ", 1)[1].split("\n", 1)[0].replace("first-0-0", "first-0-@", 1)
    with Nchan(run.root) as nchan:
        return compare(
            row, f"deliveries to {STREAMS:,} streams, {what}", "nchan alone", goal, "/s", run.options.rounds,
            lambda number: deliveries(
                port, f"/{instance}/stream?last_id=latest", run.port, f"/{instance}/operations", body_of(number, "live")
            ),
            lambda _: deliveries(nchan.port, "/subscribe", nchan.port, "/publish", message),
        )


def through_nginx(run):
    yield beside_nchan(run, "streams-nginx", "through nginx", 0.60, run.port)


def straight(run):
    with Streamer(run.root, run.choreo()) as streamer:
        yield beside_nchan(run, "streams", "straight from the streamer", 1.2, streamer.port)


def latency(run):
    """Both medians come from the same POSTs."""
    instance = run.instance("latency")

    def medians(number):
        output = subprocess.run(
            [BIN / "event-latency", f"127.0.0.1:{run.port}", instance, str(LATENCY_OPERATIONS), f"round-{number}-"],
            check=True, capture_output=True, text=True,
        ).stdout
        answer, event = (float(text) for text in output.split())
        return event, answer

    yield from_pairs(
        "latency", "from sending a POST to its event on a stream, median, idle server", "to its answer", 1.5, "ms",
        [medians(number) for number in range(run.options.rounds)], at_most=True,
    )


def catch_up(run):
    database = run.database(run.long_log())

    def caught_up(port):
        start = time.monotonic()
        with Readers(port, "/long-log/stream", 1, LONG_LOG) as reader:
            return LONG_LOG / (reader.done() - start)

    yield compare(
        "catch-up", f"catching up {LONG_LOG:,} operations, one client, through nginx", "the sqlite3 shell printing the rows",
        0.50, "operations/s", run.options.rounds,
        lambda _: caught_up(run.port), lambda _: LONG_LOG / sqlite_shell(database, ROWS_OF_LOG),
    )


def idle_memory(run):
    instance = run.instance("idle")
    with Streamer(run.root, run.choreo()) as streamer:
        path = f"/{instance}/stream?last_id=latest"
        with Readers(streamer.port, path, 1):
            before = resident_kb(streamer.pid)
        with Readers(streamer.port, path, IDLE_STREAMS):
            after = resident_kb(streamer.pid)
    yield from_pairs(
        "idle-memory", f"the streamer's memory for each of {IDLE_STREAMS:,} idle streams", "10 KB", 1.0, "KB",
        [((after - before) / IDLE_STREAMS, 10.0)], at_most=True,
    )
