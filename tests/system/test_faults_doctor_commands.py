"""Every command that doctor prints is run on the fault it is printed for, and the fault is gone (F1).

What a machine has and a test has not (systemctl, certbot, timedatectl, journalctl, nginx -s) is a program here that looks whether
the units are ours, and does what it would do where that is possible."""

import os
import re
import resource
import shutil
import socket
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

from support.access import Guarded
from support.ctl import Ctl
from support.doctor_machine import Machine, certificate, damage, status_file, timer
from support.stack import REPOSITORY, end_with_parent, free_port
from support.waiting import wait_until

SETTINGS = {
    "CHOREO_WEBHOOK_ALLOW": "loopback",
    "CHOREO_WEBHOOK_RETRY_SECS": "0.01",
    "CHOREO_WEBHOOK_DISABLE_SECS": "1",
    "CHOREO_WEBHOOK_PROBE_SECS": "1",
}
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="doctor's commands are for root")

@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def doctor(stack, client, tmp_path, machine):
    """doctor(code, word…): what it finds of this kind."""
    (tmp_path / "root").mkdir()
    (tmp_path / "choreo.conf").touch()

    def examine(code, *words, at=stack, **settings):
        given = ("--root", tmp_path / "root", "--config", tmp_path / "choreo.conf")
        done = Ctl(at)("--json", "doctor", *given, *words, CHOREO_KEYS_DIR=str(tmp_path / "keys"), **settings)
        assert done.status in (0, 4), done
        return [each for each in done.json["findings"] if each["code"] == code]

    def cure(code, *words, backup="", expect=1, at=stack, **settings):
        """Finds it, and runs the commands of each finding."""
        found = examine(code, *words, at=at)
        assert len(found) == expect, found
        for each in found:
            assert each["commands"], each
            assert each["commands"] == re.findall("`([^`]*)`", each["mend"])
            for command in each["commands"]:
                machine.run(command, backup, **{**Ctl(at).settings, **settings})
        return found

    examine.cure = cure
    return examine


@pytest.fixture
def data(stack, client, tmp_path):
    """(a data directory that nobody uses, with an instance `shop`, a webhook and a token; a backup of it)"""
    if client.get("/shop/operations").status == 404:
        client.create("shop")
        client.insert("shop", "a")
        client.ok(client.post("/shop/webhooks", {"url": "http://127.0.0.1:9/x", "active": False}))
    choreoctl = Ctl(stack)
    backup = choreoctl.ok("backup", tmp_path / "b").lines[0]
    choreoctl.ok("restore", backup, "--dir", tmp_path / "data", "--keep-epoch")
    return tmp_path / "data", backup


def webhooks_in(directory):
    with closing(sqlite3.connect(directory / ".control" / "control.db")) as db:
        return db.execute("SELECT count(*) FROM webhooks").fetchone()[0]


# --- the data directory


def test_faults_f1_control_db_has_a_version_of_its_own(doctor, data):
    """It counts otherwise than logs do, and is later than theirs."""
    directory, _ = data
    with closing(sqlite3.connect(directory / ".control" / "control.db")) as db:
        control = db.execute("PRAGMA user_version").fetchone()[0]
    with closing(sqlite3.connect(directory / "shop.db")) as db:
        log = db.execute("PRAGMA user_version").fetchone()[0]
    assert control > log
    assert doctor("damaged_file", "--dir", directory) == []
    # A later one that says it may be used is none to complain of either; one that does not is.
    with closing(sqlite3.connect(directory / ".control" / "control.db")) as db:
        db.execute(f"PRAGMA user_version={control + 1}")
    assert doctor("damaged_file", "--dir", directory) == []
    with closing(sqlite3.connect(directory / ".control" / "control.db")) as db:
        db.execute(f"PRAGMA application_id={control + 1}")
    (found,) = doctor("damaged_file", "--dir", directory)
    assert f"schema {control + 1}" in found["what"] and "--instance" not in found["mend"]


@pytest.mark.parametrize("how", ["empty", "text", "newer"])
def test_faults_f1_a_damaged_instance(doctor, data, machine, how):
    directory, backup = data
    damage(directory / "shop.db", how)
    doctor.cure("damaged_file", "--dir", directory, backup=backup, CHOREO_DIR=str(directory))
    assert doctor("damaged_file", "--dir", directory) == []
    assert "shop: 1 operations, as their log says" in machine.run("choreoctl verify", CHOREO_DIR=str(directory))
    assert webhooks_in(directory) == 1


@pytest.mark.parametrize("how", ["empty", "text", "newer"])
def test_faults_f1_a_damaged_control_db(doctor, data, machine, how):
    directory, backup = data
    damage(directory / ".control" / "control.db", how)
    doctor.cure("damaged_file", "--dir", directory, backup=backup, CHOREO_DIR=str(directory))
    assert doctor("damaged_file", "--dir", directory) == []
    assert webhooks_in(directory) == 1 and (directory / "shop.db").exists()
    machine.run("choreoctl token list && choreoctl verify", CHOREO_DIR=str(directory))


def test_faults_f1_files_of_another_owner(doctor, data):
    directory, _ = data
    (directory / "shop.db-wal").touch()
    os.chown(directory / "shop.db-wal", 65534, 65534)
    doctor.cure("wrong_owner", "--dir", directory)
    assert doctor("wrong_owner", "--dir", directory) == []


def test_faults_f1_secrets_that_others_may_read(doctor, data, tmp_path):
    directory, _ = data
    os.chmod(directory / ".control" / "control.db", 0o644)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "it's signing.pem").write_text("key")
    os.chmod(tmp_path / "keys" / "it's signing.pem", 0o604)
    (tmp_path / "choreo.conf").write_text("CHOREO_TOKEN=abc\n")
    os.chmod(tmp_path / "choreo.conf", 0o644)
    doctor.cure("readable_by_others", "--dir", directory, expect=3)
    assert doctor("readable_by_others", "--dir", directory) == []


@pytest.mark.parametrize("file", ["shop.db", ".control/control.db"])
def test_faults_f1_another_journal_mode(doctor, data, file):
    if shutil.which("sqlite3") is None:
        pytest.skip("there is no sqlite3 shell")
    directory, _ = data
    with closing(sqlite3.connect(directory / file)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
    doctor.cure("journal_mode", "--dir", directory)
    assert doctor("journal_mode", "--dir", directory) == []


@pytest.mark.parametrize("file", ["shop.db", ".control/control.db"])
def test_faults_f1_a_log_without_its_database(doctor, data, machine, file):
    directory, backup = data
    (directory / file).unlink()
    (directory / f"{file}-wal").write_bytes(b"x" * 100)
    doctor.cure("orphaned_log", "--dir", directory, backup=backup, CHOREO_DIR=str(directory))
    assert doctor("orphaned_log", "--dir", directory) == []
    machine.run("choreoctl verify", CHOREO_DIR=str(directory))


def test_faults_f1_a_large_log(stack, client, doctor, machine):
    if shutil.which("fuser") is None:
        pytest.skip("there is no fuser")
    client.create("large")
    client.insert("large", "a")
    reader = subprocess.Popen(
        ["python3", "-c", "import sqlite3, sys\n"
         f"db = sqlite3.connect('{stack.dir}/large.db', isolation_level=None)\n"
         "db.execute('BEGIN'); db.execute('SELECT count(*) FROM operations').fetchone()\n"
         "print('reads', flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent,
    )  # fmt: skip
    try:
        assert reader.stdout.readline() == "reads\n"
        for n in range(30):
            client.insert("large", f"e{n}", text="x" * 100_000)
        (found,) = [each for each in doctor("large_log", "--max-wal-mb", "2") if "large.db-wal" in each["what"]]
        (command,) = found["commands"]
        assert str(reader.pid) in machine.run(f"{command} 2>&1")
    finally:
        reader.kill()
        reader.wait()
    client.ok(client.delete("/instances/large"))


@pytest.mark.parametrize("left", ["shop.db.restoring", ".control/control.db.restoring", ".control/tmp/shop.7.restoring", "x.unfinished"])
def test_faults_f1_what_an_interrupted_restore_left(doctor, data, machine, left):
    directory, backup = data
    (directory / left).parent.mkdir(exist_ok=True)
    (directory / left).write_text("half")
    doctor.cure("unfinished_work", "--dir", directory, backup=backup)
    assert doctor("unfinished_work", "--dir", directory) == []
    assert "shop: 1 operations" in machine.run("choreoctl verify", CHOREO_DIR=str(directory))


def test_faults_f1_what_an_interrupted_backup_left(doctor, tmp_path):
    timer(tmp_path / "root")
    left = tmp_path / "root/var/backups/choreo/choreo-2026-01-01T000000Z.unfinished"
    left.mkdir(parents=True)
    os.utime(left, (time.time() - 2 * 86400,) * 2)
    doctor.cure("unfinished_work")
    assert doctor("unfinished_work") == []


def test_faults_f1_data_from_the_future(doctor, data):
    directory, _ = data
    os.utime(directory / "shop.db", (time.time() + 365 * 86400,) * 2)
    doctor.cure("clock", "--dir", directory)
    assert doctor("clock", "--dir", directory) == []


# --- processes and sockets; systemctl restart is taken to have made those of the stack


def test_faults_f1_sockets_and_processes_that_are_not_there(doctor, stack, machine, tmp_path):
    for code, count in (("socket_missing", 2), ("process_missing", 4)):
        doctor.cure(code, "--run-dir", tmp_path / "run", expect=count)
        assert doctor(code, "--run-dir", stack.run_dir) == []
    assert {"systemctl restart choreo.target", "systemctl status choreo*"} <= set(machine.asked())


def test_faults_f1_a_socket_that_nobody_listens_on(doctor, stack, tmp_path):
    with closing(socket.socket(socket.AF_UNIX)) as left:
        left.bind(str(tmp_path / "fcgi.sock"))
    doctor.cure("stale_socket", "--run-dir", tmp_path)
    assert doctor("stale_socket", "--run-dir", stack.run_dir) == []


def test_faults_f1_a_process_of_another_version(doctor, stack, tmp_path):
    status_file(tmp_path, "choreo-broker", os.getpid(), "0.0.9")
    doctor.cure("versions_differ", "--run-dir", tmp_path)
    assert doctor("versions_differ", "--run-dir", stack.run_dir) == []


@pytest.mark.parametrize("process", ["choreo-fcgi", "choreo-broker", "choreo-streamer", "choreo-dispatcher"])
def test_faults_f1_a_process_with_few_files(doctor, machine, tmp_path, process):
    def few():
        end_with_parent()
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    running = subprocess.Popen(["sleep", "600"], preexec_fn=few)
    try:
        status_file(tmp_path, process, running.pid)
        doctor.cure("few_files", "--run-dir", tmp_path)
        assert machine.asked()[0].startswith(f"systemctl edit {process}")
    finally:
        running.kill()
        running.wait()


def test_faults_f1_a_process_that_hangs(stack, client, doctor):
    hanging = subprocess.Popen(["sleep", "600"], preexec_fn=end_with_parent)
    path = status_file(stack.run_dir, "choreo-dispatcher", hanging.pid)
    os.utime(path, (time.time() - 60,) * 2)
    try:
        (found,) = [each for each in doctor("process_hangs") if f"(pid {hanging.pid})" in each["what"]]
        subprocess.run(["bash", "-c", found["commands"][0]], check=True)
        assert hanging.wait(10) == -9
    finally:
        path.unlink(missing_ok=True)
        hanging.kill()
        hanging.wait()
    wait_until(lambda: client.get("/health").json["status"] == "ok", "it is not missed", 40)
    assert [each for each in doctor("process_hangs") if f"(pid {hanging.pid})" in each["what"]] == []


# --- the site


def test_faults_f1_a_wrong_setting(doctor, machine, tmp_path):
    (tmp_path / "choreo.conf").write_text("CHOREO_STREAM_MAX=many\n")
    (found,) = doctor("bad_setting")
    (tmp_path / "choreo.conf").write_text("CHOREO_STREAM_MAX=100\n")
    machine.run(found["commands"][0])
    assert doctor("bad_setting") == []


@pytest.mark.parametrize("name", ["choreo", "choreo-shop.example.org"])
def test_faults_f1_a_site_that_is_not_enabled(doctor, machine, tmp_path, name):
    nginx = tmp_path / "root" / "etc" / "nginx"
    (nginx / "sites-available").mkdir(parents=True)
    (nginx / "sites-enabled").mkdir()
    (nginx / "sites-available" / name).write_text("server {}")
    doctor.cure("site_not_enabled")
    assert doctor("site_not_enabled") == [] and (nginx / "sites-enabled" / name).read_text() == "server {}"
    assert machine.asked() == ["nginx -t", "systemctl reload nginx"]


def test_faults_f1_a_certificate_that_ends_soon(doctor, machine, tmp_path):
    root = tmp_path / "root"
    (root / "etc/nginx/sites-enabled").mkdir(parents=True)
    (root / "etc/ssl").mkdir()
    (root / "etc/nginx/sites-enabled/choreo").write_text("server {\n    ssl_certificate /etc/ssl/x.pem;\n}\n")
    subprocess.run(certificate(root / "etc/ssl/x.pem", 3), check=True, capture_output=True)
    machine.program("certbot", f"[ \"$1\" = renew ] && {' '.join(certificate(root / 'etc/ssl/x.pem', 90))} 2>/dev/null")
    doctor.cure("certificate")
    assert doctor("certificate") == []


def test_faults_f1_no_backup(doctor, tmp_path):
    timer(tmp_path / "root")
    doctor.cure("no_backup")
    assert doctor("no_backup") == []
    (sums,) = (tmp_path / "root/var/backups/choreo").glob("*/SHA256SUMS")
    os.utime(sums, (time.time() - 3 * 86400,) * 2)
    sums.parent.rename(sums.parent.with_name("choreo-2026-01-01T000000Z"))
    doctor.cure("no_backup")
    assert doctor("no_backup") == []


# --- the server


def test_faults_f1_no_server(doctor):
    doctor.cure("no_answer", "--remote", "--url", f"http://127.0.0.1:{free_port()}")


def test_faults_f1_a_server_that_asks_for_a_token(machine):
    with Guarded(CHOREO_FCGI_PROCESSES="1") as guarded:
        choreoctl = guarded.choreoctl
        words = ("--json", "doctor", "--remote")
        (found,) = choreoctl(*words).json["findings"]
        assert found["code"] == "no_answer"
        (command,) = found["commands"]
        token = machine.run(command, **choreoctl.settings).strip()
        assert choreoctl(*words, CHOREO_TOKEN=token).json["findings"] == []


def test_faults_f1_a_server_that_is_not_well(stack, client, doctor, machine):
    hanging = subprocess.Popen(["sleep", "600"], preexec_fn=end_with_parent)
    path = status_file(stack.run_dir, "choreo-dispatcher", hanging.pid)
    os.utime(path, (time.time() - 60,) * 2)
    try:
        doctor.cure("unhealthy")
        assert machine.asked() == ["journalctl -u choreo*"]
    finally:
        path.unlink()
        hanging.kill()
        hanging.wait()
    wait_until(lambda: client.get("/health").json["status"] == "ok", "it is not missed", 40)
    assert doctor("unhealthy") == []


def test_faults_f1_an_instance_that_cannot_be_read(stack, client, doctor, tmp_path):
    client.create("broken")
    client.insert("broken", "a")
    backup = Ctl(stack).ok("backup", tmp_path / "b").lines[0]
    (stack.dir / "broken.db").write_text("no database")
    doctor.cure("damaged_instance", backup=backup)
    assert doctor("damaged_instance") == [] and client.head("broken") == 1
    client.ok(client.delete("/instances/broken"))
    for path in stack.dir.glob("broken.db.replaced-*"):
        path.unlink()


def test_faults_f1_webhooks_that_fail(client, doctor, instance, receiver):
    receiver.behaviour = lambda n, delivery: 500
    client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url()}))

    def disabled():
        client.insert(instance, "again")
        (webhook,) = client.ok(client.get(f"/{instance}/webhooks"))["webhooks"]
        return webhook["disabled_reason"] and webhook["dead"]

    wait_until(disabled, "it is disabled", 40)
    receiver.behaviour = lambda n, delivery: 200
    doctor.cure("webhook_disabled")
    assert doctor("webhook_disabled") == []
    doctor.cure("webhook_dead")
    wait_until(lambda: doctor("webhook_dead") == [], "they were delivered", 40)
    client.ok(client.delete(f"/instances/{instance}"))


# --- all of them


def test_faults_f1_every_command_of_doctors_texts_is_run_here():
    printed = set()
    for path in (REPOSITORY / "ctl").glob("doctor_*.cpp"):
        code = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
        for each in re.split(r"\bfound\(", code)[1:]:
            name = re.match(r'\s*"(\w+)"', each)
            text = each[: each.index(";\n")]
            if name and ("`" in text or "kind.back" in text or "mend" in text):
                printed.add(name.group(1))
    here = open(__file__, encoding="utf-8").read()
    run = set(re.findall(r'(?:cure|doctor)\("(\w+)"', here)) | {"socket_missing", "process_missing", "no_answer"}
    assert printed and printed <= run, printed - run
    without = {"data_dir", "disk_full", "network_disk", "stream_held_back"}
    listed = set(re.findall(r'{"(\w+)", "', (REPOSITORY / "ctl" / "doctor.cpp").read_text(encoding="utf-8")))
    assert printed | without >= {each for each in listed if each in run | without}
