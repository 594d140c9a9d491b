"""choreoctl backup, verify and restore: the drill, and what must be refused."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
from contextlib import closing

import pytest

from support.ctl import Ctl, ctl
from support.promises import check_promises, check_projection, derived
from support.receiver import Receiver
from support.stack import Stack
from support.writers import Writers

HOUSES = 30


@pytest.fixture(scope="module")
def filled(stack):
    """An instance with all operators, one of plain rows, a webhook with a secret."""
    client = stack.client()
    client.ok(client.post("/demo/seed"))
    client.create("houses")
    for n in range(HOUSES):
        client.insert("houses", f"h{n}", rooms=n)
    client.ok(client.post("/houses/webhooks", {"url": "http://127.0.0.1:9/none", "active": False}))
    client.close()


@pytest.fixture
def backup(choreoctl, filled, tmp_path):
    return choreoctl.ok("backup", tmp_path / "backups").lines[0]


def refused(done, status, said):
    assert (done.status, done.out) == (status, ""), done
    assert said in done.err
    return done


def test_the_drill(tmp_path):
    """Load, a backup under load, everything destroyed, a restore: what the backup has keeps every promise."""
    data = tmp_path / "data"
    with Receiver() as receiver:
        first = Stack(data).start()
        client = first.client()
        client.create("busy")
        client.ok(client.post("/busy/webhooks", {"url": receiver.url(), "filter": ["ALT"]}))
        with Writers(first, "busy") as writers:
            writers.progress(20)
            path = Ctl(first).ok("backup", tmp_path / "backups").lines[0]
            before = dict(writers.acknowledged)
            writers.progress(20)
        epoch = client.get("/busy/operations").headers["X-Choreo-Epoch"]
        head = client.head("busy")
        client.close()
        first.stop()
        shutil.rmtree(data)
        restored = ctl("restore", path, CHOREO_DIR=str(data))
        assert restored.status == 0, restored

        second = Stack(data).start()
        client = second.client()
        with second.stream("/busy/stream") as stream:
            operations = check_promises(second, "busy", streams=[stream])
        found = {o["target"]["id"]: o["id"] for o in operations}
        in_time = {name: op_id for name, op_id in before.items() if op_id <= len(operations)}
        assert {name: found.get(name) for name in in_time} == in_time, "a promise of before the backup is broken"
        assert 20 <= len(operations) < head
        assert client.get("/busy/operations").headers["X-Choreo-Epoch"] != epoch
        # Clients and receivers that knew the lost end are told, or get the new operations.
        with second.stream(f"/busy/stream?last_id={len(operations)}&epoch={epoch}") as stream:
            assert stream.wait_event("reset")
        altered = client.append("busy", "ALT", {"id": next(iter(found)), "n": 1}, {"table": "written"})
        receiver.wait_op_ids([altered["op_id"]])
        client.close()
        second.stop()


def test_a_backup_holds_all_of_it_and_is_private(stack, choreoctl, client, backup):
    manifest = json.load(open(f"{backup}/manifest.json"))
    assert {each["slug"]: each["head"] for each in manifest["instances"]}["houses"] == HOUSES
    assert {"control/control.db", "instances/demo.db", "instances/houses.db"} <= set(manifest["files"])
    for directory, _, files in os.walk(backup):
        assert stat.S_IMODE(os.stat(directory).st_mode) == 0o700
        for file in files:
            assert stat.S_IMODE(os.stat(os.path.join(directory, file)).st_mode) == 0o600
    assert not [name for name in os.listdir(os.path.dirname(backup)) if name.endswith(".unfinished")]
    for table in ("demo", "houses"):
        assert derived(stack.dir / f"{table}.db") == derived_of_copy(f"{backup}/instances/{table}.db")


def derived_of_copy(path):
    """Without a write-ahead log beside it, as it lies in a backup."""
    copied = shutil.copy(path, path + ".look")
    try:
        return derived(copied)
    finally:
        for tail in ("", "-wal", "-shm"):
            if os.path.exists(copied + tail):
                os.remove(copied + tail)


def test_sha256sum_checks_it_too(backup):
    assert subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=backup).returncode == 0


def test_settings_and_keys_are_in_it(choreoctl, filled, tmp_path):
    (tmp_path / "etc" / "keys").mkdir(parents=True)
    (tmp_path / "etc" / "choreo.conf").write_text("CHOREO_LOG_LEVEL=info\n")
    (tmp_path / "etc" / "keys" / "signing.pem").write_text("a key\n")
    keys = str(tmp_path / "etc" / "keys")
    done = choreoctl.ok("backup", tmp_path / "b", "--config", tmp_path / "etc" / "choreo.conf", CHOREO_KEYS_DIR=keys)
    path = done.lines[0]
    assert open(f"{path}/settings/choreo.conf").read() == "CHOREO_LOG_LEVEL=info\n"
    assert open(f"{path}/settings/keys/signing.pem").read() == "a key\n"


def test_verify_finds_a_sound_backup_sound(choreoctl, backup):
    done = choreoctl.ok("verify", backup)
    assert f"houses: {HOUSES} operations, as their log says" in done.lines
    assert choreoctl.ok("--json", "verify", backup).json["ok"] is True


def flip(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 1]))


DAMAGES = {
    "a-flipped-bit": (lambda b: flip(f"{b}/instances/houses.db", 5000), "houses.db is not what its checksum says"),
    "a-cut-file": (lambda b: os.truncate(f"{b}/instances/houses.db", 4096), "houses.db is not what"),
    "a-missing-file": (lambda b: os.remove(f"{b}/control/control.db"), "control.db is missing"),
    "no-manifest": (lambda b: os.remove(f"{b}/manifest.json"), "manifest.json is missing"),
    "no-checksums": (lambda b: os.remove(f"{b}/SHA256SUMS"), "SHA256SUMS is missing"),
    "a-changed-manifest": (lambda b: flip(f"{b}/manifest.json", 30), "manifest.json is not what"),
    "a-cut-list": (lambda b: os.truncate(f"{b}/SHA256SUMS", 90), "SHA256SUMS"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_is_refused_and_found(choreoctl, backup, tmp_path, damage):
    do, said = DAMAGES[damage]
    do(backup)
    target = tmp_path / "restored"
    refused(choreoctl("restore", backup, "--dir", target), 1, said)
    assert not target.exists(), "something was written"
    found = choreoctl("verify", backup)
    assert found.status == 4 and said in found.out


def resum(backup, file):
    """Makes the checksums right again: the damage is one of the data, not of the copy."""
    lines = [line for line in open(f"{backup}/SHA256SUMS").read().splitlines() if not line.endswith("  " + file)]
    new = subprocess.run(["sha256sum", file], cwd=backup, capture_output=True, text=True, check=True).stdout.strip()
    with open(f"{backup}/SHA256SUMS", "w") as sums:
        sums.write("\n".join([*lines, new]) + "\n")


LIES = {
    "another-value": ("UPDATE entities SET data = replace(data, '7', '8') WHERE id = 'h7'", "entities: stored is"),
    "an-entity-too-few": ("DELETE FROM entities WHERE id = 'h3'", "entities: stored is"),
    "a-dead-one-alive": ("UPDATE entities SET alive = 0 WHERE id = 'h3'", "entities: stored is"),
    "a-hole-in-the-log": ("DELETE FROM operations WHERE id = 9", "ids have a gap"),
    "a-wrong-count": ("UPDATE state SET operations = 7", "the count of operations is wrong"),
    "a-wrong-head": ("UPDATE state SET head = 7", "head is not the last operation"),
    "a-wrong-mention": ("UPDATE mentions SET nth = 5 WHERE id = 'h5'", "mentions: stored is"),
    "a-log-that-is-no-json": ("UPDATE operations SET target = '{\"id\":\"h4\",\"rooms\":44}' WHERE id = 5", "entities:"),
}


@pytest.mark.parametrize("lie", LIES)
def test_verify_finds_a_projection_that_is_not_its_logs(choreoctl, backup, lie):
    sql, said = LIES[lie]
    path = f"{backup}/instances/houses.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        assert db.execute(sql).rowcount == 1
        db.commit()
    resum(backup, "instances/houses.db")
    found = choreoctl("verify", backup)
    assert found.status == 4 and said in found.out, found
    assert "demo:" in found.out, "the others are verified too"


def changed_manifest(backup, change):
    with open(f"{backup}/manifest.json") as file:
        manifest = json.load(file)
    change(manifest)
    with open(f"{backup}/manifest.json", "w") as file:
        json.dump(manifest, file)
    resum(backup, "manifest.json")


def of_houses(**members):
    return lambda manifest: next(each for each in manifest["instances"] if each["slug"] == "houses").update(members)


@pytest.mark.parametrize(
    "change, said",
    [
        (of_houses(head=31), "houses: its log ends with operation 30, the manifest says 31"),
        (of_houses(epoch="e"), "the manifest says e"),
        (of_houses(slug="flats"), "it has no file of instance 'flats'"),
        (lambda manifest: manifest.update(instances=7), "has no list of instances"),
        (lambda manifest: manifest["files"].append("../../etc/passwd"), "which is no file of a backup"),
        (lambda manifest: manifest["files"].append(7), "which is no file of a backup"),
    ],
)
def test_a_manifest_that_says_something_else(choreoctl, backup, change, said):
    changed_manifest(backup, change)
    found = choreoctl("verify", backup)
    assert found.status == 4 and said in found.out, found


def test_verify_looks_at_control_data_and_goes_on_after_damage(choreoctl, backup, tmp_path):
    data = tmp_path / "data"
    choreoctl.ok("restore", backup, "--dir", data)
    os.truncate(data / ".control" / "control.db", 5000)
    with closing(sqlite3.connect(data / "demo.db")) as db:
        db.execute("PRAGMA user_version=99")
    found = choreoctl("verify", "--dir", data)
    assert found.status == 4, found
    assert ".control/control.db: " in found.out and "demo: " in found.out and "written by a newer Choreo" in found.out
    assert f"houses: {HOUSES} operations, as their log says" in found.lines


def test_verify_of_the_running_data(choreoctl, filled):
    done = choreoctl.ok("verify")
    assert f"houses: {HOUSES} operations, as their log says" in done.lines


def test_nothing_is_overwritten(stack, choreoctl, backup, tmp_path):
    refused(choreoctl("restore", backup), 1, "a server works on")
    used = tmp_path / "used"
    (used / ".control").mkdir(parents=True)
    (used / "houses.db").write_text("precious")
    refused(choreoctl("restore", backup, "--dir", used), 1, "nothing is overwritten")
    assert (used / "houses.db").read_text() == "precious" and len(list(used.iterdir())) == 2


def test_restored_data_is_whole_and_can_be_restored_once(choreoctl, backup, tmp_path):
    target = tmp_path / "restored"
    choreoctl.ok("restore", backup, "--dir", target)
    assert choreoctl.ok("verify", "--dir", target).status == 0
    refused(choreoctl("restore", backup, "--dir", target), 1, "is there already")
    kept = tmp_path / "kept"
    choreoctl.ok("restore", backup, "--dir", kept, "--keep-epoch")

    def epoch(directory):
        with closing(sqlite3.connect(directory / "houses.db")) as db:
            return db.execute("SELECT epoch FROM state").fetchone()[0]

    def webhooks(directory):
        with closing(sqlite3.connect(directory / ".control" / "control.db")) as db:
            return db.execute("SELECT DISTINCT epoch FROM webhooks WHERE instance = 'houses'").fetchall()

    manifest = json.load(open(f"{backup}/manifest.json"))
    old = next(each["epoch"] for each in manifest["instances"] if each["slug"] == "houses")
    assert epoch(kept) == old and webhooks(kept) == [(old,)]
    assert epoch(target) != old and webhooks(target) == [(epoch(target),)]


def test_one_instance_into_a_server_that_runs(stack, choreoctl, client, backup):
    refused(choreoctl("restore", backup, "--instance", "houses"), 1, "--as gives it another name")
    choreoctl.ok("restore", backup, "--instance", "houses", "--as", "houses-then")
    assert client.entity("houses-then", "things", "h7").json["rooms"] == 7
    client.insert("houses-then", "new")
    check_projection(stack, client, "houses-then")
    assert client.head("houses") == HOUSES
    client.ok(client.delete("/instances/houses-then"))
    refused(choreoctl("restore", backup, "--instance", "lost"), 1, "no instance 'lost'")
    refused(choreoctl("restore", backup, "--instance", "houses", "--as", "No Slug"), 1, "slug")
    refused(choreoctl("restore", backup, "--as", "x"), 2, "--as needs --instance")


def test_the_hook_gets_the_path_and_its_failure_is_one(choreoctl, filled, tmp_path):
    told = tmp_path / "told"
    done = choreoctl.ok("backup", tmp_path / "b", "--then", f'echo "$CHOREO_BACKUP $CHOREO_BACKUP_NAME" > {told}')
    path = done.lines[0]
    assert told.read_text() == f"{path} {os.path.basename(path)}\n"
    failed = choreoctl("backup", tmp_path / "c", "--then", "exit 7")
    assert failed.status == 1 and "ended with status 7" in failed.err
    assert choreoctl.ok("verify", failed.lines[0]).status == 0, "the backup itself is there"


def test_keep_removes_the_oldest_and_nothing_else(choreoctl, filled, tmp_path):
    place = tmp_path / "b"
    for name in ("choreo-2020-01-01T000000Z", "choreo-2021-01-01T000000Z"):
        (place / name).mkdir(parents=True)
        (place / name / "SHA256SUMS").write_text("")
    (place / "mine").mkdir()
    (place / "choreo-2019-01-01T000000Z").mkdir()  # no backup: it has no checksums
    path = choreoctl.ok("backup", place, "--keep", "2").lines[0]
    left = sorted(each.name for each in place.iterdir())
    assert left == ["choreo-2019-01-01T000000Z", "choreo-2021-01-01T000000Z", os.path.basename(path), "mine"]


def test_a_damaged_instance_stops_it_or_is_left_out_and_said(tmp_path, choreoctl, backup):
    data = tmp_path / "data"
    choreoctl.ok("restore", backup, "--dir", data)
    os.truncate(data / "demo.db", 0)
    place = tmp_path / "b"
    stopped = refused(choreoctl("backup", place, "--dir", data), 1, "instance 'demo'")
    assert "--skip-damaged" in stopped.err and list(place.iterdir()) == []
    done = choreoctl("backup", place, "--dir", data, "--skip-damaged")
    assert done.status == 1 and "demo" in done.err
    found = choreoctl("verify", done.lines[0])
    assert found.status == 4 and "demo: it is not in the backup" in found.out
    assert f"houses: {HOUSES} operations" in found.out


def test_what_is_no_data_directory_or_backup(choreoctl, filled, tmp_path):
    refused(choreoctl("backup", tmp_path / "b", "--dir", tmp_path), 1, "is no data directory")
    assert list(tmp_path.iterdir()) == []
    refused(choreoctl("backup", "/proc/nothing"), 1, "/proc/nothing")
    refused(choreoctl("restore", tmp_path / "nothing"), 1, "is no directory")
    refused(choreoctl("verify", tmp_path / "nothing"), 1, "is no directory")
    refused(choreoctl("backup", tmp_path / "b", "--keep", "0"), 2, "allowed: 1..100000")
