"""What holds after any fault: every acknowledged operation is in the log once, ids have no gap, a rebuild changes nothing,
every stream saw every operation once and in order, every webhook got every operation."""

import sqlite3
from contextlib import closing

from .writers import check_log

DERIVED = ("tables", "entities", "checkpoints", "edges", "edge_moves", "mentions", "late_runs", "zones",
           "bodies", "list_parts", "id_tables")


def check_promises(stack, slug, writers=None, streams=(), receivers=(), seconds=60):
    """streams: readers from the beginning; receivers: of webhooks that were registered before the first operation.
    Returns the log."""
    client = stack.client()
    operations = client.operations(slug)
    check_ids(operations)
    if writers is not None:
        check_log(operations, writers)
    for stream in streams:
        check_stream(stream, operations, seconds)
    for receiver in receivers:
        receiver.wait_op_ids(range(1, len(operations) + 1), seconds)
    check_projection(stack, client, slug)
    client.close()
    return operations


def check_ids(operations):
    assert [o["id"] for o in operations] == list(range(1, len(operations) + 1)), "ids are not consecutive"


def check_stream(stream, operations, seconds=60):
    if operations:
        stream.wait_id(operations[-1]["id"], seconds)
    assert stream.ids() == [o["id"] for o in operations]
    assert stream.ops() == operations


def check_projection(stack, client, slug):
    """Rebuild = projection, and the file is sound."""
    path = stack.dir / f"{slug}.db"
    before = derived(path)
    client.ok(client.post(f"/instances/{slug}/rebuild"))
    assert derived(path) == before, "a rebuild changed the projection"
    with closing(read_only(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def read_only(path):
    """A connection that leaves the file and its write-ahead log as they are, also when it is closed."""
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)


def derived(path):
    """Every row of every derived table. A table's number may be another after a rebuild: its name stands for it."""
    with closing(read_only(path)) as db:
        db.execute("BEGIN")
        names = dict(db.execute("SELECT tid, name FROM tables"))
        found = {}
        for table in DERIVED:
            rows = db.execute(f"SELECT * FROM {table}")
            columns = [column[0] for column in rows.description]
            at = columns.index("tid") if "tid" in columns else None
            named = [row if at is None else (*row[:at], names.get(row[at]), *row[at + 1 :]) for row in rows]
            found[table] = sorted(named, key=repr)
        found["state"] = db.execute("SELECT operations, entities, head, max_ts_ms FROM state").fetchall()
        return found
