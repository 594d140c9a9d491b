"""What does not take part must not cost anything: quiet instances, streams of another instance."""

from ..load import post_operations
from ..measure import compare, from_pairs
from ..processes import open_files
from ..readers import Readers
from ..servers import Choreo

BUSY = 10
ALL = 1_000
OTHER_STREAMS = 5_000
# Databases a worker keeps open by default (CHOREO_MAX_OPEN_INSTANCES, CHOREO_MAX_IDLE_READERS), three files each, and as many
# files for everything else.
FILES_OF_A_WORKER = 3 * (64 + 128) + 256


def beside_other_streams(run):
    """Streams open during every second measurement, all of an instance to which nothing is written."""
    instance = run.instance("busy")
    other = run.instance("watched")

    def watched(_):
        with Readers(run.port, f"/{other}/stream?last_id=latest", OTHER_STREAMS):
            return post_operations(run.port, run.options.seconds, instance).rate

    yield compare(
        "other-streams", f"POSTs while {OTHER_STREAMS:,} streams watch another instance", "without them", 0.90, "/s",
        run.options.rounds, watched, lambda _: post_operations(run.port, run.options.seconds, instance).rate,
    )


def many(run):
    """Two stacks; the one that is not measured is stopped, so that it costs nothing."""
    busy = [f"busy-{number}" for number in range(BUSY)]
    quiet = [f"quiet-{number}" for number in range(ALL - BUSY)]
    with Choreo(run.checkout) as few, Choreo(run.checkout) as full:
        prepare(few, busy)
        prepare(full, busy + quiet)
        files = max(open_files(pid) for pid in full.pids().values())
        few.pause()
        full.pause()

        def rate(stack):
            stack.resume_paused()
            try:
                return post_operations(stack.port, run.options.seconds, *busy).rate
            finally:
                stack.pause()

        try:
            yield compare(
                "instances", f"POSTs to {BUSY} of {ALL:,} instances", f"to {BUSY} of {BUSY}", 0.90, "/s", run.options.rounds,
                lambda _: rate(full), lambda _: rate(few),
            )
        finally:
            few.resume_paused()
            full.resume_paused()
    yield from_pairs(
        "open-files", f"files open in the process with most, after writes to and reads of {ALL:,} instances",
        "what its settings allow", 1.0, "files", [(files, FILES_OF_A_WORKER)], at_most=True,
    )


def prepare(stack, names):
    """Each instance is made, written to and read once."""
    client = stack.client()
    for name in names:
        assert client.post("/instances", json={"slug": name}).status == 201
        operation = {"op": "INS", "target": {"id": "first"}, "context": {"table": "places"}}
        assert client.post(f"/{name}/operations", json=operation).status == 200
        assert client.get(f"/{name}/state/places/first").status == 200
    client.close()
