"""Many operations in one request, and what they take on disk."""

import sqlite3
import subprocess

from .. import data_sets
from ..environment import BIN
from ..load import seed
from ..measure import compare, from_pairs
from ..run import LONG_LOG, TABLE


def beside_bare_insert(run, row, kind, path):
    """Each round seeds a new instance; the bare program then inserts that very instance's rows into a new file."""
    model = run.database(run.large_table())
    client = run.choreo().client()

    def seeded(number):
        seconds = seed(run.port, f"{row}-{number}", path)
        assert client.request("DELETE", f"/instances/{row}-{number}").status == 200
        return TABLE / seconds

    def inserted(number):
        target = run.root / f"bare-{row}-{number}.db"
        output = subprocess.run([BIN / "bare-insert", model, target], check=True, capture_output=True, text=True).stdout
        for file in run.root.glob(target.name + "*"):
            file.unlink()
        return TABLE / float(output)

    try:
        return compare(
            row, f"seed of {TABLE:,} operations as {kind}, through nginx", "a bare program inserting the same rows", 0.60,
            "operations/s", run.options.rounds, seeded, inserted,
        )
    finally:
        client.close()


def lines(run):
    yield beside_bare_insert(run, "seed-lines", "NDJSON", run.files.lines("large-table", data_sets.new_places(TABLE)))


def json(run):
    path = run.files.array(run.files.lines("large-table", data_sets.new_places(TABLE)))
    yield beside_bare_insert(run, "seed-json", "JSON", path)


def file_size(run):
    """Not a matter of time, hence one round: all new entities, the worst case, and changes of few."""
    everything_new = run.seeded("all-new", data_sets.new_places(LONG_LOG))
    for row, instance, what in (
        ("size-new", everything_new, "each a new entity"),
        ("size-changes", run.long_log(), "changes of 1,000 entities"),
    ):
        pair = (database_bytes(run.database(instance)), operation_bytes(run.database(instance)))
        yield from_pairs(
            row, f"database after {LONG_LOG:,} operations, {what}", "the operations as they are read", 2.0, "MB",
            [tuple(size / 1e6 for size in pair)], at_most=True,
        )


def operation_bytes(path):
    """Of the operations' JSON, as a page of the log and a stream have it."""
    members = ("id", "pretty_id", "guid", "ts", "op", "target", "context", "frame")
    around = len('{"op_id":,"pretty_id":"","guid":"","ts":"","op":"","target":,"context":,"frame":}')
    lengths = "+".join(f"length(CAST({name} AS BLOB))" for name in members)
    database = sqlite3.connect(path)
    [(size,)] = database.execute(f"SELECT sum({around}+{lengths}) FROM operations")
    database.close()
    return size


def database_bytes(path):
    """Of the file once the write-ahead log is in it."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    database.close()
    return path.stat().st_size
