"""choreoctl where something is in its way: a full disk, a pipe that nobody reads, files that are there, a user or a token that
may not. Each is a sentence and a status, and nothing is left that looks whole."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from support.access import Guarded
from support.ctl import command, environment, failed, running
from support.small_disk import SmallDisk
from support.waiting import wait_until


@pytest.fixture
def shop(client, instance):
    for n in range(5):
        client.insert(instance, f"e{n}", n=n)
    return instance


# --- no room


@pytest.mark.parametrize("words", [("instance", "list"), ("log", "dump", "SHOP"), ("export", "SHOP"), ("--help",), ("manual",)])
def test_an_answer_that_cannot_be_written(choreoctl, shop, words):
    words = [shop if word == "SHOP" else word for word in words]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command(*words), stdout=full, stderr=subprocess.PIPE, env=environment(choreoctl.settings))
    assert done.returncode == 1 and b"No space left on device" in done.stderr, done


def test_tail_ends_where_it_cannot_write(choreoctl, shop):
    words = command("tail", shop, "--after", "0")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, env=environment(choreoctl.settings), timeout=60)
    assert done.returncode == 1 and b"No space left on device" in done.stderr, done


def test_a_full_disk_leaves_nothing_behind(choreoctl, client, shop, tmp_path):
    for n in range(40):
        client.insert(shop, f"large{n}", text="x" * 50_000)
    backup = choreoctl.ok("backup", tmp_path / "b").lines[0]
    with SmallDisk(1) as disk:
        failed(choreoctl("backup", disk.path / "b"), "full")
        failed(choreoctl("export", shop, disk.path / "log.ndjson"), "No space left on device")
        failed(choreoctl("restore", backup, "--dir", disk.path / "data"), "No space left on device")
        failed(choreoctl("verify", backup, "--scratch", disk.path), "full")
        left = [path.name for path in disk.path.rglob("*") if not path.is_dir()]
        assert left == []
    assert client.head(shop) == 45


@pytest.mark.parametrize("after", ["0", "4"])
def test_tail_ends_with_its_reader(choreoctl, shop, after):
    """`tail | head -1`: also if no further operation comes."""
    script = f'{" ".join(command("tail", shop, "--after", after))} | head -1; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, env=environment(choreoctl.settings))
    shown, status = done.stdout.splitlines()
    assert shown.startswith(str(int(after) + 1)) and int(status) == 128 + signal.SIGPIPE, done


# --- files that are there


def test_an_export_overwrites_nothing(choreoctl, shop, tmp_path):
    for make in (lambda path: path.mkdir(), os.mkfifo, lambda path: path.symlink_to("/nonexistent")):
        path = tmp_path / f"x{len(list(tmp_path.iterdir()))}"
        make(path)
        failed(choreoctl("export", shop, path), "nothing is overwritten")
    (tmp_path / "y.unfinished").write_text("of another export")
    failed(choreoctl("export", shop, tmp_path / "y"), "y.unfinished exists")
    assert (tmp_path / "y.unfinished").read_text() == "of another export"
    assert choreoctl.ok("--json", "export", shop, tmp_path / "z").json == {"exported": str(tmp_path / "z"), "lines": 5}


def test_a_user_who_may_not(choreoctl, shop, stack):
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    os.chmod(stack.root, 0o755)
    for words in (["backup", "/tmp/choreo-nobody"], ["verify"]):
        done = subprocess.run(
            command(*words), env=environment(choreoctl.settings), user=65534, group=65534, capture_output=True, text=True
        )
        assert done.returncode == 1 and "Permission denied" in done.stderr, done
    assert not os.path.exists("/tmp/choreo-nobody") or os.listdir("/tmp/choreo-nobody") == []


def test_no_data_directory_is_made_by_looking(choreoctl, tmp_path):
    failed(choreoctl("token", "list", "--dir", tmp_path / "new"), "is no data directory")
    assert not (tmp_path / "new").exists()


# --- who may not


def test_tokens_that_are_not_enough():
    with Guarded(CHOREO_FCGI_PROCESSES="1") as guarded:
        choreoctl = guarded.choreoctl
        admin = guarded.token("*:admin")["token"]
        choreoctl.ok("instance", "create", "shop", CHOREO_TOKEN=admin)
        failed(choreoctl("instance", "list"), "token")
        failed(choreoctl("instance", "create", "x", CHOREO_TOKEN=guarded.token("*:read")["token"]), "admin")
        failed(choreoctl("op", "shop", '{"op":"INS"}', CHOREO_TOKEN=admin[:-9]), "token")
        gone = guarded.token("*:read", expires="1s")["token"]
        done = wait_until(lambda: (d := choreoctl("instance", "list", CHOREO_TOKEN=gone)).status == 1 and d, "it has expired")
        failed(done, "expired")
        with running(choreoctl, "--token", admin, "tail", "shop") as tail:
            line = Path(f"/proc/{tail.pid}/cmdline")
            wait_until(lambda: "*****" in line.read_text(encoding="utf-8"), "it is hidden")
            assert admin not in line.read_text(encoding="utf-8")
