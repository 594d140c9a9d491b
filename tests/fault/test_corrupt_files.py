"""A damaged instance file: that instance answers 503 and says why, the others do not notice."""

import os
import sqlite3
from contextlib import closing

import pytest

from support.promises import check_promises, check_stream
from support.waiting import wait_until
from support.writers import Writers

PAGE = 4096
SIZE = 400  # operations, so that a file has many pages


def fill(client, slug):
    operations = [{"op": "INS", "target": {"id": f"e{n}", "text": "x" * 200}} for n in range(SIZE)]
    client.ok(client.post(f"/instances/{slug}/seed", {"operations": operations}))


def checkpoint(path):
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for tail in ("-wal", "-shm"):
        path.with_name(path.name + tail).unlink(missing_ok=True)


def overwrite(path, first_page, pages):
    with open(path, "r+b") as file:
        file.seek(first_page * PAGE)
        file.write(os.urandom(pages * PAGE))


def another_database(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE notes(text)")


# What happens to the file while the server is down, and the reason that is given then.
DAMAGES = {
    "zero-bytes": (lambda path: os.truncate(path, 0), "is empty"),
    "text": (lambda path: path.write_text("This is no database.\n" * 300), "not a database"),
    "short-text": (lambda path: path.write_text("hello"), "not a database"),
    "first-page": (lambda path: overwrite(path, 0, 1), "not a database"),
    "all-but-the-first-page": (lambda path: overwrite(path, 1, path.stat().st_size // PAGE - 1), "malformed"),
    "cut": (lambda path: os.truncate(path, 2 * PAGE), "malformed"),
    "another-database": (lambda path: another_database(path), "no table of operations"),
    "a-directory": (lambda path: (path.unlink(), path.mkdir()), "unable to open"),
}


@pytest.fixture(scope="module")
def damaged(stack):
    """An instance for each damage, done while the stack was down."""
    client = stack.client()
    for slug in [*DAMAGES, "healthy"]:
        fill(client, slug)
    client.close()
    stack.halt()
    for slug, (damage, _) in DAMAGES.items():
        path = stack.dir / f"{slug}.db"
        checkpoint(path)
        damage(path)
    stack.resume()
    return stack


@pytest.mark.parametrize("slug", DAMAGES)
def test_a_damaged_instance_says_so(damaged, slug):
    client = damaged.client()
    reason = DAMAGES[slug][1]
    before = fingerprint(damaged.dir / f"{slug}.db")
    requests = [
        client.get(f"/{slug}/operations"),
        client.get(f"/{slug}/state/_default"),
        client.get(f"/{slug}/biography/e1"),
        client.post(f"/{slug}/operations", {"op": "INS", "target": {"id": "a"}}),
        client.post(f"/instances/{slug}/seed", {"operations": [{"op": "INS", "target": {"id": "a"}}]}),
        client.post(f"/instances/{slug}/rebuild"),
    ]
    with damaged.stream(f"/{slug}/stream") as stream:
        stream.wait_open()
        assert stream.status == 503 and reason in stream.wait_end().body.decode()
    for answer in requests:
        assert answer.status == 503 and reason in answer.json["error"], answer
        assert answer.json["code"] in ("corrupt", "storage_unavailable")
    assert fingerprint(damaged.dir / f"{slug}.db") == before, "a damaged file is left as it is"
    assert client.post("/instances", {"slug": slug}).status == 409
    client.close()


def fingerprint(path):
    return path.read_bytes() if path.is_file() else path.stat().st_ino


def test_the_others_do_not_notice(damaged, client, receiver):
    client.ok(client.post("/healthy/webhooks", {"url": receiver.url()}))
    listed = {one["slug"]: one for one in client.ok(client.get("/instances"))["instances"]}
    assert listed["healthy"]["operations"] == SIZE
    for slug, (_, reason) in DAMAGES.items():
        assert reason in listed[slug]["error"], listed[slug]
    assert client.get("/health").status == 200
    with damaged.stream("/healthy/stream") as stream:
        assert client.insert("healthy", "one")["op_id"] == SIZE + 1
        receiver.wait_op_ids([SIZE + 1])
        check_stream(stream, check_promises(damaged, "healthy"))


def test_a_file_that_appears_is_no_instance_until_it_is_one(stack, client, slug):
    (stack.dir / f"{slug}.db").write_text("notes\n")
    assert client.get(f"/{slug}/operations").status == 503
    assert client.post(f"/{slug}/operations", {"op": "INS", "target": {"id": "a"}}).status == 503
    assert slug in [one["slug"] for one in client.get("/instances").json["instances"]]
    assert client.ok(client.delete(f"/instances/{slug}"))["deleted"] is True
    client.create(slug)
    assert client.insert(slug, "a")["op_id"] == 1


def test_a_backup_put_in_place_while_the_server_runs_is_what_is_served(stack, client, slug):
    fill(client, slug)
    path = stack.dir / f"{slug}.db"
    backup = stack.dir / f"{slug}.backup"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(backup)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    client.insert(slug, "after the backup")
    for tail in ("-wal", "-shm"):
        path.with_name(path.name + tail).unlink()
    os.replace(backup, path)
    assert client.head(slug) == SIZE
    assert client.insert(slug, "goes on")["op_id"] == SIZE + 1
    check_promises(stack, slug)


def test_a_missing_shared_memory_file_is_made_again(stack, client, instance):
    with stack.stream(f"/{instance}/stream", resume=True) as stream:
        with Writers(stack, instance, keyed=0, plain=2) as writers:
            writers.progress(50)
        client.close()
        stack.crash()
        assert wal(stack, instance).stat().st_size > 0
        (stack.dir / f"{instance}.db-shm").unlink()
        stack.resume()
        check_promises(stack, instance, writers, [stream])


def test_shared_memory_that_is_removed_under_live_processes(stack, client, instance, receiver):
    """Whoever opens the instance then makes another one, and sees neither the locks nor the commits of the others: a process
    that has the old one ends before it acknowledges anything on it."""
    processes = ("fcgi-1", "streamer", "fcgi-2", "broker", "dispatcher")
    stack.may_end.update(processes)
    client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url()}))
    with stack.stream(f"/{instance}/stream", resume=True) as stream, Writers(stack, instance) as writers:
        for name in processes:
            for victim in (None, name):
                writers.progress(10, seconds=60)
                (stack.dir / f"{instance}.db-shm").unlink(missing_ok=True)
                if victim:
                    try:
                        stack.wait_replaced(victim, stack.kill(victim))
                    except ProcessLookupError:
                        pass  # it has just ended by itself
        writers.progress(20, seconds=60)
        writers.stop()
        stack.wait_healthy()
        check_promises(stack, instance, writers, [stream], [receiver])
    ended = "was removed or replaced while it was in use"
    assert any(ended in (stack.run_dir / "log" / f"{name}.log").read_text(encoding="utf-8") for name in processes)


def wal(stack, slug):
    return stack.dir / f"{slug}.db-wal"


def test_a_truncated_write_ahead_log_loses_its_end_and_nothing_else(stack, client, instance, receiver):
    """What is cut off is gone, as of any file. What is left is whole, and whoever has seen more is told."""
    client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url()}))
    for n in range(60):
        client.insert(instance, f"e{n}")
    whole = client.operations(instance)
    receiver.wait_op_ids(range(1, 61))
    client.close()
    stack.crash()
    os.truncate(wal(stack, instance), wal(stack, instance).stat().st_size * 2 // 3)
    stack.resume()
    left = client.operations(instance)
    assert 0 < len(left) < 60 and left == whole[: len(left)]
    with stack.stream(f"/{instance}/stream", headers={"Last-Event-ID": "60"}) as told:
        assert told.wait_event("reset").json["head"] == len(left)
        assert told.wait_id(len(left)) == list(range(1, len(left) + 1))
    message = "the log is not the one that the webhook knows; it goes on from where they part"
    wait_until(lambda: message in [line["msg"] for line in stack.process_log("dispatcher")], "the dispatcher says so")
    assert client.insert(instance, "goes on")["op_id"] == len(left) + 1
    check_promises(stack, instance)
    wait_until(lambda: "goes on" in [d.json["target"]["id"] for d in receiver.deliveries], "the new operation is delivered")
