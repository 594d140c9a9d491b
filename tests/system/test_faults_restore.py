"""Restoring: what a foreign file could do (E9), and an instance in place of its own, with its webhooks (F11)."""

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing

import pytest

from support.ctl import failed
from support.promises import check_projection
from support.stack import REPOSITORY
from support.waiting import wait_until

SETTINGS = {"CHOREO_WEBHOOK_ALLOW": "loopback"}


def changed(path, *statements):
    """A program that is not ours changes a file."""
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()
        db.execute("PRAGMA journal_mode=DELETE")
        db.execute("PRAGMA journal_mode=WAL")
    for tail in ("-wal", "-shm"):
        if os.path.exists(f"{path}{tail}"):
            os.remove(f"{path}{tail}")


def resum(backup, file):
    sums = [line for line in open(f"{backup}/SHA256SUMS").read().splitlines() if not line.endswith("  " + file)]
    new = subprocess.run(["sha256sum", file], cwd=backup, capture_output=True, text=True, check=True).stdout.strip()
    with open(f"{backup}/SHA256SUMS", "w") as out:
        out.write("\n".join([*sums, new]) + "\n")


TRIGGER = "CREATE TRIGGER thief AFTER INSERT ON operations BEGIN DELETE FROM idempotency; END"


# --- E9


def test_faults_e9_a_trigger_in_a_file_does_nothing(stack, client, instance):
    """A file that was put into the data directory by hand."""
    client.insert(instance, "a", n=1)
    path = stack.dir / f"{instance}.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TRIGGER thief AFTER INSERT ON operations BEGIN UPDATE entities SET data = '{\"stolen\":1}'; END")
        db.execute("CREATE VIEW seen AS SELECT 1")
        db.commit()
    client.insert(instance, "b", n=2)
    client.insert(instance, "c", n=3)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM entities WHERE data LIKE '%stolen%'").fetchone() == (0,)
    assert client.entity(instance, "things", "a").json["n"] == 1
    check_projection(stack, client, instance)
    client.ok(client.delete(f"/instances/{instance}"))  # the others' backups are to be restored


@pytest.mark.parametrize(
    "file, statements, said",
    [
        ("instances/SLUG.db", [TRIGGER], "has the trigger 'thief'"),
        ("instances/SLUG.db", ["CREATE VIEW v AS SELECT 1"], "has the view 'v'"),
        ("instances/SLUG.db", ["CREATE VIRTUAL TABLE w USING fts5(x)"], "has the virtual table 'w"),
        ("instances/SLUG.db", ["CREATE TABLE more(x)"], "has the table 'more'"),
        ("instances/SLUG.db", ["CREATE UNIQUE INDEX one ON operations(op)"], "has the index 'one'"),
        ("instances/SLUG.db", ["ALTER TABLE state ADD COLUMN x CHECK(x IS NULL)"], "has a table 'state' that is not"),
        ("instances/SLUG.db", ["DROP TABLE idempotency"], "has no table 'idempotency'"),
        ("instances/SLUG.db", ["PRAGMA user_version=99"], "was written by a newer Choreo"),
        ("control/control.db", ["CREATE TRIGGER t AFTER INSERT ON tokens BEGIN DELETE FROM tokens; END"], "has the trigger 't'"),
        ("control/control.db", ["ALTER TABLE tokens ADD COLUMN x TEXT"], "has a table 'tokens' that is not"),
    ],
)
def test_faults_e9_restore_compares_the_schema(choreoctl, client, instance, tmp_path, file, statements, said):
    client.insert(instance, "a")
    backup = choreoctl.ok("backup", tmp_path / "b").lines[0]
    file = file.replace("SLUG", instance)
    changed(f"{backup}/{file}", *statements)
    resum(backup, file)
    failed(choreoctl("restore", backup, "--dir", tmp_path / "data"), said)
    assert not (tmp_path / "data").exists()
    if file.startswith("instances"):
        failed(choreoctl("restore", backup, "--instance", instance, "--as", "other"), said)
        failed(choreoctl("restore", backup, "--instance", instance, "--replace"), said)
        found = choreoctl("verify", backup)
        assert found.status == 4 and said in found.out


EARLIER = sorted((REPOSITORY / "tests" / "golden").glob("schema/*.sql")) + sorted(
    (REPOSITORY / "tests" / "golden").glob("earlier/*.sql")
)


@pytest.mark.parametrize("dump", EARLIER, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_faults_e9_files_of_earlier_versions_are_no_foreign_ones(choreoctl, tmp_path, dump):
    data = tmp_path / "data"
    (data / ".control").mkdir(parents=True)
    with closing(sqlite3.connect(data / "old.db")) as db:
        db.executescript(dump.read_text(encoding="utf-8"))
        if dump.parent.name == "schema":
            db.execute(f"PRAGMA user_version={dump.stem.split('-')[1]}")
            db.commit()
    backup = choreoctl.ok("backup", tmp_path / "b", "--dir", data).lines[0]
    choreoctl.ok("restore", backup, "--dir", tmp_path / "restored")
    changed(f"{backup}/instances/old.db", TRIGGER.replace("idempotency", "operations"))
    resum(backup, "instances/old.db")
    failed(choreoctl("restore", backup, "--dir", tmp_path / "again"), "has the trigger 'thief'")


# --- F11


@pytest.fixture
def hooked(client, instance, receiver):
    """An instance with three operations, delivered to a webhook."""
    added = client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url()}))["added"]
    for name in "abc":
        client.insert(instance, name)
    receiver.wait_op_ids([1, 2, 3])
    return instance, added["id"]


def webhooks_of(client, slug):
    return client.ok(client.get(f"/{slug}/webhooks"))["webhooks"]


def test_faults_f11_an_instance_is_restored_in_place(stack, choreoctl, client, hooked, receiver, tmp_path):
    instance, webhook = hooked
    wait_until(lambda: webhooks_of(client, instance)[0]["cursor"] == 3, "all of it was settled")
    backup = choreoctl.ok("backup", tmp_path / "b").lines[0]
    for name in "de":
        client.insert(instance, name)
    receiver.wait_op_ids([1, 2, 3, 4, 5])
    epoch = client.get(f"/{instance}/operations").headers["X-Choreo-Epoch"]
    failed(choreoctl("restore", backup, "--instance", instance), "nothing is overwritten", "--replace")
    with stack.stream(f"/{instance}/stream?last_id=0") as stream:
        stream.wait_ops(5)
        done = choreoctl.ok("restore", backup, "--instance", instance, "--replace")
        assert "1 webhooks are kept" in done.err and "tokens are as they were" in done.err
        assert client.head(instance) == 3
        assert client.get(f"/{instance}/operations").headers["X-Choreo-Epoch"] != epoch
        again = client.append(instance, "INS", {"id": "new"}, {"table": "things"})
        assert again["op_id"] == 4
        wait_until(lambda: stream.ended or stream.named("reset") or stream.named("gone"), "the stream is told")
    # The webhook is the same one, and goes on with what is new.
    assert [each["id"] for each in webhooks_of(client, instance)] == [webhook]
    wait_until(lambda: [r for r in receiver.deliveries if b'"new"' in r.body], "the new operation came")
    bodies = [r.body for r in receiver.deliveries]
    assert sum(b'"id":"a"' in body for body in bodies) == 1, "and nothing that it had"
    check_projection(stack, client, instance)
    # What was there is kept, whole.
    (kept,) = [path for path in stack.dir.iterdir() if path.name.startswith(f"{instance}.db.replaced-")]
    assert str(kept) in done.err
    with closing(sqlite3.connect(f"file:{kept}?immutable=1", uri=True)) as db:
        assert db.execute("SELECT count(*) FROM operations").fetchone() == (5,)


def test_faults_f11_a_damaged_instance_is_restored_in_place(stack, choreoctl, client, hooked, tmp_path):
    instance, webhook = hooked
    backup = choreoctl.ok("backup", tmp_path / "b").lines[0]
    path = stack.dir / f"{instance}.db"
    path.write_bytes(b"no database")
    done = choreoctl.ok("--json", "restore", backup, "--instance", instance, "--replace").json
    assert done["webhooks"] == 1 and open(done["replaced"], "rb").read() == b"no database"
    assert client.head(instance) == 3
    assert [each["id"] for each in webhooks_of(client, instance)] == [webhook]
    client.ok(client.delete(f"/instances/{instance}"))


def test_faults_f11_an_instance_that_is_not_there_comes_without_webhooks(choreoctl, client, hooked, tmp_path):
    instance, _ = hooked
    backup = choreoctl.ok("backup", tmp_path / "b").lines[0]
    client.ok(client.delete(f"/instances/{instance}"))
    done = choreoctl.ok("restore", backup, "--instance", instance, "--replace")
    assert "it has no webhooks" in done.err
    assert client.head(instance) == 3 and webhooks_of(client, instance) == []
    assert choreoctl("restore", backup, "--replace").status == 2
    failed(choreoctl("restore", backup, "--instance", instance, "--replace", "--keep-epoch"), "a server works on")


def test_faults_f11_another_instances_log_of_that_name(choreoctl, client, hooked, receiver, tmp_path):
    """What went apart is delivered from there on: the logs have only the first operation in common."""
    instance, webhook = hooked
    log = tmp_path / "log.ndjson"
    choreoctl.ok("export", instance, log)
    other = f"{instance}-other"
    choreoctl.ok("import", other, "-", stdin=log.read_text().splitlines()[0] + "\n")
    for name in ("x", "y", "z"):
        client.insert(other, name)
    backup = choreoctl.ok("backup", tmp_path / "b").lines[0]
    changed_name = f"{backup}/instances/{instance}.db"
    shutil.copy(f"{backup}/instances/{other}.db", changed_name)
    resum(backup, f"instances/{instance}.db")
    choreoctl.ok("restore", backup, "--instance", instance, "--replace")
    assert [o["target"]["id"] for o in client.operations(instance)] == ["a", "x", "y", "z"]
    wait_until(lambda: all(any(f'"id":"{n}"'.encode() in r.body for r in receiver.deliveries) for n in "xyz"), "they came")
    assert [each["id"] for each in webhooks_of(client, instance)] == [webhook]
    assert json.loads(receiver.deliveries[0].body)
