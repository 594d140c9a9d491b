"""One process of the stack: starting it, noticing that it ended, deciding when it starts again."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

QUICK_DEATH_SECONDS = 5.0  # a process that lived for less failed at its start
FIRST_DELAY_SECONDS = 0.05  # doubled for each quick death in a row
MAX_DELAY_SECONDS = 5.0
LOG_TAIL_LINES = 20

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Process:
    name: str
    command: list
    run_dir: Path  # also its working directory
    environment: dict
    stop_signal: int = signal.SIGTERM
    # What the kernel sends it if the supervisor is killed. SIGKILL leaves nothing behind, and loses nothing: the log on
    # disk is the truth. nginx has workers of its own to take along, which only a signal that it can catch does.
    death_signal: int = signal.SIGKILL
    descriptors: tuple = ()  # kept open for it
    log_to_output: bool = False  # to the supervisor's output, not to a file of its own
    pid: int | None = None
    started: float = 0.0
    quick_deaths: int = 0
    next_start: float = 0.0
    handle: object = field(default=None, repr=False)

    @property
    def log_path(self):
        return self.run_dir / "log" / f"{self.name}.log"

    @property
    def pid_path(self):
        return self.run_dir / "pids" / f"{self.name}.pid"

    def start(self):
        parent = os.getpid()

        def prepare():
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            libc.prctl(PR_SET_PDEATHSIG, self.death_signal, 0, 0, 0)
            if os.getppid() != parent:  # the supervisor died before the line above
                os._exit(1)

        with contextlib.nullcontext() if self.log_to_output else open(self.log_path, "ab") as log:
            self.handle = subprocess.Popen(
                self.command,
                cwd=self.run_dir,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.descriptors,
                start_new_session=True,  # a Ctrl-C in the terminal is for the supervisor, which stops them in order
                preexec_fn=prepare,
            )
        self.pid = self.handle.pid
        self.started = time.monotonic()
        replace_text(self.pid_path, f"{self.pid}\n")

    def ended(self, status):
        """Called once its pid was reaped. Returns the seconds to wait before it starts again."""
        self.handle.returncode = os.waitstatus_to_exitcode(status)
        self.pid = None
        self.pid_path.unlink(missing_ok=True)
        now = time.monotonic()
        self.quick_deaths = self.quick_deaths + 1 if now - self.started < QUICK_DEATH_SECONDS else 0
        delay = min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** min(self.quick_deaths, 20) / 2)
        if self.quick_deaths == 0:
            delay = 0.0
        self.next_start = now + delay
        return delay

    def send(self, number):
        if self.pid is not None:
            os.kill(self.pid, number)

    def log_tail(self):
        try:
            with open(self.log_path, "rb") as log:
                log.seek(max(0, os.path.getsize(self.log_path) - 16384))
                return log.read().decode("utf-8", "replace").splitlines()[-LOG_TAIL_LINES:]
        except OSError:
            return []


def describe(status):
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"exit status {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def children_of(parent):
    """Pids of the living children of a process, from /proc."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = Path("/proc", entry, "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if int(stat.rpartition(")")[2].split()[1]) == parent:
            found.append(int(entry))
    return found


def replace_text(path, text):
    """A reader sees the old text or the new one, never half of it."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
