"""Memory of every process under load that uses all of them."""

import sys
import threading
import time

from ..load import post_operations, wrk
from ..measure import from_pairs
from ..processes import resident_kb
from ..readers import Readers
from ..servers import Choreo, Echo

STREAMS = 100
SHORT = (20, 60)  # seconds of load at the two looks
LONG = (60, 600)
SPARE_SECONDS = 3  # the load ends after the second look


def under_load(run):
    """A stack of its own: writes, reads, streams, and a webhook that an echo accepts."""
    first, second = LONG if run.options.long else SHORT
    with Choreo() as choreo, Echo(run.root, choreo, "{}") as receiver:
        client = choreo.client()
        assert client.post("/instances", json={"slug": "load"}).status == 201
        webhook = {"url": f"http://127.0.0.1:{receiver.port}/hook"}
        assert client.post("/load/webhooks", json=webhook).status == 200
        client.close()
        with Readers(choreo.port, "/load/stream", STREAMS):
            start = time.monotonic()
            loads = [
                threading.Thread(target=post_operations, args=(choreo.port, second + SPARE_SECONDS, "load")),
                threading.Thread(target=wrk, args=(choreo.port, "/load/state/places?limit=100", second + SPARE_SECONDS, 8)),
            ]
            for load in loads:
                load.start()
            looks = []
            for moment in (first, second):
                time.sleep(max(0.0, start + moment - time.monotonic()))
                looks.append({name: (pid, resident_kb(pid)) for name, pid in choreo.pids().items()})
            for load in loads:
                load.join()
    yield worst(*looks, first, second)


def worst(before, after, first, second):
    """Of the processes, the one that grew most."""
    growth = {}
    for name, (pid, kb) in before.items():
        if after[name][0] != pid:
            raise RuntimeError(f"{name} was started again under load")
        growth[name] = (after[name][1] / 1024, kb / 1024)
        print(f"{name}: {growth[name][1]:.1f} MB, then {growth[name][0]:.1f} MB", file=sys.stderr)
    name = max(growth, key=lambda name: growth[name][0] / growth[name][1])
    return from_pairs(
        "memory", f"memory after {second} s of full load, {name}, which grew most", f"after {first} s", 1.1, "MB",
        [growth[name]], at_most=True,
    )
