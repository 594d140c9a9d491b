"""Another program at an instance's file: one that holds the write lock, and readers that keep the write-ahead log from ending."""

import sqlite3
import threading
import time
from contextlib import closing, contextmanager

import pytest

from support.promises import check_promises, read_only
from support.writers import Writers

SETTINGS = {"CHOREO_LOCK_TIMEOUT_SECS": "12"}
LARGE = "x" * (1 << 20)
WAL_LIMIT = 64 << 20  # journal_size_limit
GROWS = "the write-ahead log grows: somebody has been reading from an old snapshot for long"


@contextmanager
def write_lock(stack, slug):
    with closing(sqlite3.connect(stack.dir / f"{slug}.db", isolation_level=None, timeout=10)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


@contextmanager
def snapshot(stack, slug):
    with closing(read_only(stack.dir / f"{slug}.db")) as db:
        db.execute("BEGIN")
        db.execute("SELECT head FROM state").fetchall()
        yield


def wal_bytes(stack, slug):
    return (stack.dir / f"{slug}.db-wal").stat().st_size


def hold_and_check(stack, client, slug, seconds):
    with stack.stream(f"/{slug}/stream", resume=True) as stream, Writers(stack, slug) as writers:
        writers.progress(10)
        with write_lock(stack, slug):
            before = client.head(slug)
            time.sleep(seconds)  # the fault is that it lasts
            assert client.head(slug) == before, "reads go on, writes wait"
        writers.progress(10)
        writers.stop()
        assert not any(writer.unanswered for writer in writers.all), "they waited, and were not refused"
        check_promises(stack, slug, writers, [stream])


def test_writers_wait_for_another_programs_lock(stack, client, instance):
    hold_and_check(stack, client, instance, seconds=1.5)


@pytest.mark.long
def test_writers_wait_for_a_lock_of_ten_seconds(stack, client, instance):
    hold_and_check(stack, client, instance, seconds=10)


def test_a_snapshot_that_is_held_is_said_in_the_log(stack, client, instance):
    """The log grows, since nothing can be taken from it; it says so, and shrinks when the reader is gone."""
    client.insert(instance, "first")
    with snapshot(stack, instance):
        while wal_bytes(stack, instance) <= WAL_LIMIT + (4 << 20):
            client.insert(instance, "large", text=LARGE)
        lines = [line for name in ("fcgi-1", "fcgi-2") for line in stack.process_log(name)]
        assert any(line["msg"] == GROWS and line["instance"] == instance for line in lines)
    for n in range(3):
        client.insert(instance, f"after-{n}")
    assert wal_bytes(stack, instance) <= WAL_LIMIT
    check_promises(stack, instance)


def test_readers_that_overlap_do_not_make_it_grow(stack, client, instance):
    client.insert(instance, "first")
    ready, done = threading.Barrier(7), threading.Event()

    def read():
        with closing(read_only(stack.dir / f"{instance}.db")) as db:
            ready.wait()
            while not done.is_set():
                db.execute("BEGIN")
                db.execute("SELECT head FROM state").fetchall()
                done.wait(0.03)
                db.execute("ROLLBACK")

    readers = [threading.Thread(target=read) for _ in range(6)]
    for reader in readers:
        reader.start()
    ready.wait()
    for n in range(60):
        client.insert(instance, "large", text=LARGE, n=n)
    done.set()
    for reader in readers:
        reader.join()
    assert wal_bytes(stack, instance) < WAL_LIMIT, "120 MB were written"
    check_promises(stack, instance)
