"""After a clean stop a copied .db has everything; sizes count the write-ahead log (F3)."""

import os
import shutil
import sqlite3
from contextlib import closing, contextmanager

import pytest

from support.ctl import Ctl
from support.stack import Stack

OPERATIONS = 200


@contextmanager
def started(data, **settings):
    """A stack over this data; stop() within ends it, else the end of the block does."""
    stack = Stack(data, **settings).start()
    try:
        yield stack
    finally:
        if stack.supervisor.poll() is None:
            stack.stop()


def alone(path, to):
    """The file without what lies beside it, opened read-only."""
    to.mkdir(exist_ok=True)
    shutil.copy(path, to / path.name)
    return closing(sqlite3.connect(f"file:{to / path.name}?immutable=1", uri=True))


def count(path, to, table="operations"):
    with alone(path, to) as db:
        return db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.mark.parametrize("workers", ["1", "3"])
def test_faults_f3_a_clean_stop_leaves_whole_files(tmp_path, workers):
    data = tmp_path / "data"
    with started(data, CHOREO_FCGI_PROCESSES=workers) as stack:
        client = stack.client()
        for slug in ("shop", "town"):
            client.create(slug)
            for n in range(OPERATIONS):
                client.insert(slug, f"e{n}", n=n)
        client.ok(client.post("/shop/webhooks", {"url": "http://127.0.0.1:9/none", "active": False}))
        assert os.path.getsize(data / "shop.db-wal") > 0
        # Somebody listens until the end.
        with stack.stream("/shop/stream?last_id=0") as stream:
            stream.wait_ops(OPERATIONS)
            client.close()
            stack.stop()
    for slug in ("shop", "town"):
        assert count(data / f"{slug}.db", tmp_path / "copy") == OPERATIONS
        assert os.path.getsize(data / f"{slug}.db-wal") == 0, "it is emptied, and never deleted"
    assert count(data / ".control" / "control.db", tmp_path / "copy", "webhooks") == 1
    # What was copied is an instance.
    (tmp_path / "again" / ".control").mkdir(parents=True)
    shutil.copy(data / "shop.db", tmp_path / "again" / "shop.db")
    with started(tmp_path / "again") as stack:
        client = stack.client()
        assert client.head("shop") == OPERATIONS
        assert client.insert("shop", "more")["op_id"] == OPERATIONS + 1
        client.close()
    with started(data) as stack:  # and the data goes on
        client = stack.client()
        assert client.insert("shop", "more")["op_id"] == OPERATIONS + 1
        client.close()
        Ctl(stack).ok("verify")


def test_faults_f3_a_reader_that_stays_loses_nothing(tmp_path):
    """The log cannot be emptied while somebody reads an old snapshot; then it stays, and the next start goes on with it."""
    data = tmp_path / "data"
    with started(data) as stack:
        client = stack.client()
        client.create("shop")
        client.insert("shop", "a")
        with closing(sqlite3.connect(data / "shop.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM operations").fetchone()
            client.insert("shop", "b")
            client.close()
            stack.stop()
            assert os.path.getsize(data / "shop.db-wal") > 0
    with started(data) as stack:
        client = stack.client()
        assert client.head("shop") == 2
        client.close()


def test_faults_f3_one_worker_that_stops_holds_up_nobody(tmp_path):
    """A worker is replaced while others serve: appends go on, and each is there."""
    with started(tmp_path / "data", CHOREO_FCGI_PROCESSES="2") as stack:
        client = stack.client()
        client.create("shop")
        for n in range(20):
            client.insert("shop", f"a{n}")
        old = stack.terminate("fcgi-1")
        for n in range(50):
            client.insert("shop", f"b{n}")
        stack.wait_replaced("fcgi-1", old)
        assert client.head("shop") == 70
        client.close()
        Ctl(stack).ok("verify")


def test_faults_f3_sizes_count_the_write_ahead_log(stack, client, instance):
    def sizes():
        (mine,) = [each for each in client.ok(client.get("/instances"))["instances"] if each["slug"] == instance]
        return mine["file_size"], mine["db_size"]

    def on_disk():
        return sum(os.path.getsize(stack.dir / f"{instance}.db{tail}") for tail in ("", "-wal"))

    for n in range(100):
        client.insert(instance, f"e{n}", text="x" * 1000)
    assert sizes() == (on_disk(), on_disk())
    assert sizes()[0] > os.path.getsize(stack.dir / f"{instance}.db") + 100_000
