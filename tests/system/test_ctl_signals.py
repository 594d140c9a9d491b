"""choreoctl stopped by a signal in the midst of its work: what it had begun is gone, and what was there is as it was."""

import errno
import json
import os
import signal
import subprocess

import pytest

from support.ctl import command, environment, running
from support.waiting import wait_until


def feed(path, text):
    """What a pipe gives to whoever reads it once; the next reader waits for more."""

    def opened():
        try:
            return open(os.open(path, os.O_WRONLY | os.O_NONBLOCK), "wb")
        except OSError as error:
            assert error.errno == errno.ENXIO, error  # nobody reads yet
            return None

    with wait_until(opened, f"{path} is read") as pipe:
        pipe.write(text)


def interrupted(process, with_signal=signal.SIGINT):
    process.send_signal(with_signal)
    assert process.wait(60) == -with_signal


def test_an_interrupted_backup(choreoctl, instance, tmp_path):
    config, place = tmp_path / "choreo.conf", tmp_path / "b"
    os.mkfifo(config)
    with running(choreoctl, "backup", place, "--config", config) as backup:
        feed(config, b"")  # its settings; where it copies them, it waits
        wait_until(lambda: list(place.glob("*.unfinished/settings")), "it is in the midst")
        interrupted(backup)
    assert list(place.iterdir()) == []


@pytest.fixture
def stuck_backup(choreoctl, instance, tmp_path):
    """A backup with a file that can be read only as often as it is fed."""
    backup = choreoctl.ok("backup", tmp_path / "b").lines[0]
    pipe = f"{backup}/control/zz"
    manifest = json.load(open(f"{backup}/manifest.json"))
    manifest["files"] = sorted([*manifest["files"], "control/zz"])
    open(f"{backup}/manifest.json", "w").write(json.dumps(manifest))
    open(pipe, "w").close()
    sums = subprocess.run(["sha256sum", *manifest["files"], "manifest.json"], cwd=backup, capture_output=True, check=True)
    open(f"{backup}/SHA256SUMS", "wb").write(sums.stdout)
    os.unlink(pipe)
    os.mkfifo(pipe)
    return backup, pipe


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_restore(choreoctl, stuck_backup, tmp_path, with_signal):
    backup, pipe = stuck_backup
    data = tmp_path / "data"
    with running(choreoctl, "restore", backup, "--dir", data) as restore:
        feed(pipe, b"")  # for its checksum
        wait_until(lambda: (data / ".control" / "zz.restoring").exists(), "it is in the midst")
        assert (data / ".control" / "control.db.restoring").exists()
        interrupted(restore, with_signal)
    assert [path for path in data.rglob("*") if not path.is_dir()] == []
    os.unlink(pipe)
    open(pipe, "w").close()
    choreoctl.ok("restore", backup, "--dir", data)


def test_an_interrupted_verify_leaves_no_copies(choreoctl, stuck_backup, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with running(choreoctl, "verify", stuck_backup[0], "--scratch", scratch) as verify:
        wait_until(lambda: list(scratch.iterdir()), "it has begun")
        interrupted(verify)
    assert list(scratch.iterdir()) == []


def test_what_nohup_ignores_stays_ignored(choreoctl, instance, tmp_path):
    config = tmp_path / "choreo.conf"
    os.mkfifo(config)
    words = ["nohup", *command("backup", tmp_path / "b", "--config", config)]
    with subprocess.Popen(words, env=environment(choreoctl.settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as backup:
        feed(config, b"")
        wait_until(lambda: list((tmp_path / "b").glob("*.unfinished/settings")), "it is in the midst")
        backup.send_signal(signal.SIGHUP)
        feed(config, b"")
        assert backup.wait(60) == 0


def test_the_hook_can_be_interrupted(choreoctl, instance, tmp_path):
    with running(choreoctl, "backup", tmp_path / "b", "--then", f"echo $$ > {tmp_path}/pid; exec sleep 600") as backup:
        pid = int(wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text(), "it runs"))
        os.kill(pid, signal.SIGTERM)
        assert backup.wait(60) == 1
        assert "ended with signal 15" in backup.stderr.read().decode()


def test_the_hooks_words_are_no_answer(choreoctl, instance, tmp_path):
    done = choreoctl.ok("--json", "backup", tmp_path / "b", "--then", "echo copied")
    assert done.json["backup"] and "copied" in done.err
