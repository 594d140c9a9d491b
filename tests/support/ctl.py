"""Runs choreoctl, as an operator would, and reads its answers."""

import contextlib
import json
import os
import re
import signal
import subprocess
from dataclasses import dataclass

from .stack import build_dir, end_with_parent

SECONDS = 60


@dataclass
class Done:
    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return self.out.splitlines()


def environment(settings):
    """Ours, without settings of Choreo, and these."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("CHOREO_")}, **settings}


def command(*words):
    return [str(build_dir() / "bin" / "choreoctl"), *map(str, words)]


def ctl(*words, stdin="", seconds=SECONDS, cwd=None, **settings):
    """settings: environment, e.g. CHOREO_URL="http://…"."""
    done = subprocess.run(
        command(*words), input=stdin.encode(), capture_output=True, timeout=seconds, cwd=cwd, env=environment(settings)
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def failed(done, *said, status=1):
    assert done.status == status, done
    assert all(each in done.err for each in said), done
    return done


def as_at_a_terminal():
    """A test run in the background may ignore signals, and what it starts would too."""
    end_with_parent()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)


@contextlib.contextmanager
def running(choreoctl, *words):
    """A choreoctl that goes on, as a Popen."""
    started = subprocess.Popen(
        command(*words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(choreoctl.settings),
        preexec_fn=as_at_a_terminal,
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


class Ctl:
    """choreoctl at one stack; `ok` asks for success."""

    def __init__(self, stack):
        self.settings = {"CHOREO_URL": stack.url, "CHOREO_DIR": str(stack.dir), "CHOREO_RUN_DIR": str(stack.run_dir)}

    @classmethod
    def at(cls, url):
        """At a server that is no stack."""
        made = cls.__new__(cls)
        made.settings = {"CHOREO_URL": url}
        return made

    def __call__(self, *words, stdin="", seconds=SECONDS, **settings):
        return ctl(*words, stdin=stdin, seconds=seconds, **{**self.settings, **settings})

    def ok(self, *words, stdin="", **settings):
        done = self(*words, stdin=stdin, **settings)
        assert done.status == 0, done
        return done


def commands_of_help():
    """The names of all commands."""
    section = re.search(r"^Commands:\n(.*?)\n\n", ctl("--help").out, re.MULTILINE | re.DOTALL).group(1)
    return [re.split(r"\s{2,}", line.strip())[0] for line in section.splitlines()]
