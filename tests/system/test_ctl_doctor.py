"""choreoctl doctor: each usual mistake is made, and found; without one, nothing is."""

import json
import os
import re
import resource
import socket
import sqlite3
import subprocess
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from support.ctl import Ctl, ctl, running
from support.fuse_disk import fuse_disk
from support.proxy import buffering_proxy
from support.stack import REPOSITORY, end_with_parent, free_port
from support.waiting import wait_until

SETTINGS = {
    "CHOREO_WEBHOOK_ALLOW": "loopback",
    "CHOREO_WEBHOOK_RETRY_SECS": "0.01",
    "CHOREO_WEBHOOK_DISABLE_SECS": "1",
    "CHOREO_WEBHOOK_PROBE_SECS": "1",
}


def known_mistakes():
    """code → what is looked for."""
    return dict(re.split(r"\s{2,}", line, maxsplit=1) for line in ctl("doctor", "--list").lines)


@pytest.fixture
def doctor(stack, client, tmp_path):
    """doctor(code, word…): examines the stack, and expects this finding, or with absent=True none like it. Returns what was
    found of it."""
    if client.get("/health-doctor/operations").status == 404:
        client.create("health-doctor")
    (tmp_path / "root").mkdir()
    config = tmp_path / "choreo.conf"
    config.write_text("")

    def examine(code, *words, absent=False):
        settings = ("--root", tmp_path / "root", "--config", config)
        done = Ctl(stack)("--json", "doctor", *settings, *words, CHOREO_KEYS_DIR=str(tmp_path / "keys"))
        found = [each for each in done.json["findings"] if each["code"] == code]
        if absent:
            assert not found
            return found
        assert done.status == 4 and found, done
        assert all(each["what"] and each["mend"] for each in found)
        return found

    return examine


@pytest.fixture(scope="module", autouse=True)
def behind_a_proxy(stack, tmp_path_factory):
    """It waits for some seconds whether a stream begins; the other tests go on beside it. behind_a_proxy(code): what was found."""
    client = stack.client()
    client.create("streamed")
    client.close()
    with buffering_proxy(stack, tmp_path_factory.mktemp("proxy")) as url:
        with running(Ctl(stack), "--json", "doctor", "--remote", "--url", url) as looking:

            def examine(code):
                out = looking.communicate(timeout=60)[0]
                found = [each for each in json.loads(out)["findings"] if each["code"] == code]
                assert looking.returncode == 4 and found, out
                return found

            yield examine


@pytest.fixture
def data(stack, client, tmp_path):
    """A data directory that nobody uses, with an instance `shop`."""
    if client.get("/shop/operations").status == 404:
        client.create("shop")
        client.insert("shop", "a")
    choreoctl = Ctl(stack)
    choreoctl.ok("restore", choreoctl.ok("backup", tmp_path / "b").lines[0], "--dir", tmp_path / "data")
    return tmp_path / "data"


def test_nothing_is_found_where_nothing_is_wrong(stack, client, tmp_path):
    client.create("sound")
    choreoctl = Ctl(stack)
    words = ("doctor", "--root", tmp_path, "--config", tmp_path / "choreo.conf")
    (tmp_path / "choreo.conf").write_text("")

    def content(*asked):
        done = choreoctl(*asked)
        return done.status == 0 and done.out

    # On a busy machine a process may be late with its heartbeat.
    assert "Nothing is wrong" in wait_until(lambda: content(*words), "nothing is found", 60)
    remote = wait_until(lambda: content("doctor", "--remote", "--json"), "nothing is found from elsewhere", 60)
    assert json.loads(remote) == {"ok": True, "findings": []}


# --- the data directory


def test_no_data_directory(doctor, tmp_path):
    doctor("data_dir", "--dir", tmp_path / "nowhere")


def test_little_room(doctor):
    doctor("disk_full", "--min-free-mb", "2147483647")


def test_a_file_system_that_is_not_this_machines(doctor, data):
    with fuse_disk(".control") as disk:
        (found,) = doctor("network_disk", "--dir", disk)
        assert str(disk) in found["what"] and "FUSE" in found["what"]
    doctor("network_disk", "--dir", data, absent=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_owner(doctor, data):
    log = data / "shop.db-wal"
    log.touch()
    os.chown(log, 65534, 65534)
    (found,) = doctor("wrong_owner", "--dir", data)
    assert str(log) in found["what"] and "chown" in found["mend"]


def test_secrets_that_others_may_read(doctor, data, tmp_path):
    os.chmod(data / ".control" / "control.db", 0o644)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "signing.pem").write_text("key")
    os.chmod(tmp_path / "keys" / "signing.pem", 0o604)
    (tmp_path / "choreo.conf").write_text("CHOREO_TOKEN=abc\n")
    os.chmod(tmp_path / "choreo.conf", 0o644)
    found = doctor("readable_by_others", "--dir", data)
    assert [re.search(r"control\.db|signing\.pem|choreo\.conf", each["what"]).group() for each in found] == [
        "control.db",
        "choreo.conf",
        "signing.pem",
    ]


@pytest.mark.parametrize("how", ["empty", "text", "newer"])
def test_a_damaged_file(doctor, data, how):
    path = data / "shop.db"
    if how == "empty":
        os.truncate(path, 0)
    elif how == "text":
        path.write_text("no database")
    else:
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA user_version=99")
    doctor("damaged_file", "--dir", data)


def test_another_journal_mode(doctor, data):
    with closing(sqlite3.connect(data / "shop.db")) as db:
        db.execute("PRAGMA journal_mode=DELETE")
    doctor("journal_mode", "--dir", data)


def test_a_log_without_its_database(doctor, data):
    (data / "lost.db-wal").write_bytes(b"x" * 100)
    doctor("orphaned_log", "--dir", data)


def test_a_large_log(doctor, data):
    (data / "shop.db-wal").write_bytes(b"x" * 2_000_000)
    doctor("large_log", "--dir", data, "--max-wal-mb", "1")


def test_what_an_interrupted_restore_or_backup_left(doctor, data, tmp_path):
    (data / "shop.db.restoring").touch()
    (data / ".control" / "tmp").mkdir(exist_ok=True)
    (data / ".control" / "tmp" / "shop.7.restoring").touch()
    assert len(doctor("unfinished_work", "--dir", data)) == 2
    timer(tmp_path / "root")
    left = tmp_path / "root/var/backups/choreo/choreo-2026-01-01T000000Z.unfinished"
    left.mkdir(parents=True)
    doctor("unfinished_work", absent=True)  # it may be in the making
    os.utime(left, (time.time() - 2 * 86400,) * 2)
    (found,) = doctor("unfinished_work")
    assert str(left) in found["what"] and f"rm -r {left}" in found["mend"]


def test_data_from_the_future(doctor, data):
    os.utime(data / "shop.db", (time.time() + 365 * 86400,) * 2)
    (found,) = doctor("clock", "--dir", data)
    assert "364 days" in found["what"] or "365 days" in found["what"]


# --- processes and sockets


def status_file(run_dir, process, pid, version="0.1.0"):
    """Returns its path."""
    (run_dir / "status").mkdir(parents=True, exist_ok=True)
    text = json.dumps({"process": process, "pid": pid, "version": version, "started_ms": 1, "values": {}})
    path = run_dir / "status" / f"{process}.{pid}"
    path.write_text(text.replace(": ", ":").replace(", ", ","))
    return path


def test_sockets_and_processes_that_are_not_there(doctor, tmp_path):
    assert len(doctor("socket_missing", "--run-dir", tmp_path / "run")) == 2
    assert len(doctor("process_missing", "--run-dir", tmp_path / "run")) == 4


def test_a_socket_that_nobody_listens_on(doctor, tmp_path):
    with closing(socket.socket(socket.AF_UNIX)) as left:
        left.bind(str(tmp_path / "fcgi.sock"))
    doctor("stale_socket", "--run-dir", tmp_path)


def test_a_process_of_another_version(doctor, tmp_path):
    status_file(tmp_path, "choreo-broker", os.getpid(), "0.0.9")
    (found,) = doctor("versions_differ", "--run-dir", tmp_path)
    assert "0.0.9" in found["what"]


def test_a_process_with_few_files(doctor, tmp_path):
    def few():
        end_with_parent()
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    running = subprocess.Popen(["sleep", "600"], preexec_fn=few)
    try:
        status_file(tmp_path, "choreo-streamer", running.pid)
        (found,) = doctor("few_files", "--run-dir", tmp_path)
        assert "may open 64 files" in found["what"]
    finally:
        running.kill()
        running.wait()


def test_a_process_that_hangs(stack, client, doctor):
    """One more, whose heartbeat is as old as if it had been stopped for a while (tests/fault has those that are)."""
    hanging = subprocess.Popen(["sleep", "600"], preexec_fn=end_with_parent)
    path = status_file(stack.run_dir, "choreo-dispatcher", hanging.pid)
    os.utime(path, (time.time() - 60,) * 2)
    try:
        (found,) = [each for each in doctor("process_hangs") if f"(pid {hanging.pid})" in each["what"]]
        assert "choreo-dispatcher" in found["what"] and f"kill -9 {hanging.pid}" in found["mend"]
        assert "choreo-dispatcher is stale" in doctor("unhealthy")[0]["what"]
    finally:
        path.unlink()
        hanging.kill()
        hanging.wait()
    wait_until(lambda: client.get("/health").json["status"] == "ok", "it is not missed", 40)


# --- the site


def test_a_wrong_setting(doctor, tmp_path):
    (tmp_path / "choreo.conf").write_text("CHOREO_STREAM_MAX=many\n")
    (found,) = doctor("bad_setting")
    assert "CHOREO_STREAM_MAX" in found["what"] and "'many' is not allowed" in found["what"]


def test_a_site_that_is_not_enabled(doctor, tmp_path):
    nginx = tmp_path / "root" / "etc" / "nginx"
    (nginx / "sites-available").mkdir(parents=True)
    (nginx / "sites-enabled").mkdir()
    (nginx / "sites-available" / "choreo").write_text("server {}")
    doctor("site_not_enabled")
    (nginx / "sites-enabled" / "choreo").symlink_to(nginx / "sites-available" / "choreo")
    doctor("site_not_enabled", absent=True)


def certificate(path, days):
    command = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=x", "-days", str(days)]
    subprocess.run([*command, "-keyout", f"{path}.key", "-out", path], check=True, capture_output=True)


@pytest.mark.parametrize("what, said", [("soon", "expires in"), ("text", "is no certificate"), ("none", "cannot be read")])
def test_a_certificate(doctor, tmp_path, what, said):
    root = tmp_path / "root"
    (root / "etc/nginx/sites-enabled").mkdir(parents=True)
    (root / "etc/ssl").mkdir()
    (root / "etc/nginx/sites-enabled/choreo").write_text("server {\n    ssl_certificate /etc/ssl/x.pem;\n}\n")
    certificate(root / "etc/ssl/x.pem", 90)
    doctor("certificate", absent=True)
    if what == "soon":
        certificate(root / "etc/ssl/x.pem", 3)
    elif what == "text":
        (root / "etc/ssl/x.pem").write_text("no certificate")
    else:
        (root / "etc/ssl/x.pem").unlink()
    (found,) = doctor("certificate")
    assert said in found["what"]


def timer(root):
    """The site is one of the package."""
    (root / "usr/lib/systemd/system").mkdir(parents=True)
    (root / "usr/lib/systemd/system/choreo-backup.timer").touch()


def test_no_backup_or_an_old_one(doctor, tmp_path):
    root = tmp_path / "root"
    timer(root)
    doctor("no_backup")
    sums = root / "var/backups/choreo/choreo-2026-01-01T000000Z/SHA256SUMS"
    sums.parent.mkdir(parents=True)
    sums.touch()
    doctor("no_backup", absent=True)
    os.utime(sums, (time.time() - 3 * 86400,) * 2)
    doctor("no_backup")


# --- the server


def test_no_server_or_another_one(doctor):
    doctor("no_answer", "--url", f"http://127.0.0.1:{free_port()}")

    class Other(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        (found,) = doctor("no_answer", "--url", f"http://127.0.0.1:{server.server_port}")
        assert "status 404" in found["what"]
        server.shutdown()


def test_an_instance_that_cannot_be_read(stack, doctor):
    path = stack.dir / "broken.db"
    path.write_text("no database")
    try:
        (found,) = doctor("damaged_instance")
        assert found["what"].startswith("broken: ")
    finally:
        path.unlink()


def test_a_proxy_that_buffers(behind_a_proxy):
    behind_a_proxy("stream_held_back")


def test_webhooks_that_fail(client, doctor, instance):
    client.ok(client.post(f"/{instance}/webhooks", {"url": f"http://127.0.0.1:{free_port()}/"}))

    def disabled():
        client.insert(instance, "again")
        (webhook,) = client.ok(client.get(f"/{instance}/webhooks"))["webhooks"]
        return webhook["disabled_reason"] and webhook["dead"]

    wait_until(disabled, "it is disabled", 40)
    (found,) = doctor("webhook_disabled")
    assert f"of {instance}" in found["what"]
    doctor("webhook_dead")
    client.ok(client.delete(f"/instances/{instance}"))


# --- all of them


def test_every_mistake_is_made_here():
    assert set(re.findall(r'(?:doctor|proxy)\("(\w+)"', Path(__file__).read_text(encoding="utf-8"))) == set(known_mistakes())


def test_the_guide_has_the_same_list():
    page = (REPOSITORY / "docs" / "operate.md").read_text(encoding="utf-8")
    section = page[page.index("## doctor") :].split("\n## ", 2)[0]
    assert dict(re.findall(r"^\| `(\w+)` \| (.+?) \|$", section, re.MULTILINE)) == known_mistakes()
