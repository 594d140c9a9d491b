"""A machine on which doctor's commands are run, and faults of it for doctor to find."""

import json
import os
import re
import sqlite3
import subprocess
from contextlib import closing
from fnmatch import fnmatch

from .ctl import environment
from .stack import REPOSITORY, build_dir

# Of our packages.
UNITS = [re.sub(r"@\.", "@1.", path.name) for path in (REPOSITORY / "systemd").iterdir() if path.suffix != ".conf"]
SYSTEMCTL_VERBS = {"restart", "status", "edit", "reload", "enable", "list-timers"}
OTHERS = {"nginx", "nginx.service", "certbot.timer"}


class Machine:
    """A shell with programs of its own, and what they were asked for."""

    def __init__(self, directory):
        self.bin = directory / "bin"
        self.bin.mkdir()
        self.log = directory / "asked"
        self.log.touch()
        for name in ("systemctl", "certbot", "timedatectl", "journalctl", "nginx"):
            self.program(name)
        (self.bin / "choreoctl").symlink_to(build_dir() / "bin" / "choreoctl")

    def program(self, name, then=""):
        (self.bin / name).write_text(f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >> {self.log}\n{then}\n')
        (self.bin / name).chmod(0o755)

    def asked(self):
        return self.log.read_text().splitlines()

    def run(self, command, backup="", **settings):
        env = {**environment(settings), "PATH": f"{self.bin}:/usr/sbin:/usr/bin:/sbin:/bin"}
        command = re.sub(r"\bBACKUP\b", str(backup), command)
        done = subprocess.run(["bash", "-c", command], env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, (command, done)
        for line in self.asked():
            words = line.split()
            if words[0] == "systemctl":
                self.check_units(words[1:])
        return done.stdout

    @staticmethod
    def check_units(words):
        assert words[0] in SYSTEMCTL_VERBS, words
        for unit in words[1:]:
            if unit in OTHERS or unit.startswith("--"):
                continue
            assert any(fnmatch(each, unit) or fnmatch(each, f"{unit}.*") for each in UNITS), f"there is no unit {unit}"


def damage(path, how):
    if how == "empty":
        os.truncate(path, 0)
    elif how == "text":
        path.write_text("no database")
    else:
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA user_version=99")
            db.execute("PRAGMA application_id=99")


def status_file(run_dir, process, pid, version="0.1.0"):
    (run_dir / "status").mkdir(parents=True, exist_ok=True)
    text = json.dumps({"process": process, "pid": pid, "version": version, "started_ms": 1, "values": {}})
    path = run_dir / "status" / f"{process}.{pid}"
    path.write_text(text.replace(": ", ":").replace(", ", ","))
    return path


def certificate(path, days):
    command = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=x", "-days", str(days)]
    return [*command, "-keyout", f"{path}.key", "-out", str(path)]


def timer(root):
    (root / "usr/lib/systemd/system").mkdir(parents=True)
    (root / "usr/lib/systemd/system/choreo-backup.timer").touch()
