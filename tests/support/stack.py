"""A stack of real processes on a free port, run by the supervisor that scripts/up uses."""

import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from .http_client import Client
from .sse import Stream
from .waiting import wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
START_ATTEMPTS = 3
STOP_SECONDS = 45.0
TWO_WORKERS = {"CHOREO_FCGI_PROCESSES": "2"}  # what holds for one worker must hold between two as well


def build_dir():
    """CHOREO_BUILD_DIR, which scripts/test sets; nothing is built here."""
    path = Path(os.environ.get("CHOREO_BUILD_DIR", REPOSITORY / "build" / "release")).resolve()
    if not (path / "bin" / "choreo-fcgi").exists():
        raise RuntimeError(f"{path} has no programs; run scripts/test, or set CHOREO_BUILD_DIR")
    return path


def sanitized():
    """Whether the programs were built with a sanitizer, which has its own use of memory, libraries and time."""
    cache = build_dir() / "CMakeCache.txt"
    return cache.exists() and bool(re.search(r"^CHOREO_SANITIZE:\w+=\w", cache.read_text(encoding="utf-8"), re.MULTILINE))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end_with_parent():
    """So that a killed test run leaves no stack behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)  # PR_SET_PDEATHSIG


class Stack:
    def __init__(self, data_dir=None, prepare=end_with_parent, bin_dir=None, checkout=REPOSITORY, **environment):
        """data_dir: where the data is, if not beside the rest. prepare: runs in the supervisor before it starts. bin_dir: of
        other programs than those that were built. checkout: whose supervisor and nginx files are used. environment: further settings, e.g. CHOREO_FCGI_PROCESSES="1"."""
        self.bin_dir = bin_dir or build_dir() / "bin"
        self.checkout = checkout
        self.prepare = prepare
        self.environment = environment
        self.root = Path(tempfile.mkdtemp(prefix="choreo-"))
        self.dir = Path(data_dir or self.root / "data")
        self.run_dir = self.root / "run"
        self.port = None
        self.said = ""  # what was printed when it was up
        self.supervisor = None
        self.killed = []  # what tests ended on purpose: (name, pid)
        self.may_end = set()  # names of processes that a test brings to end themselves
        self.terminated = 0  # how often they asked a process to stop

    # --- life

    def start(self):
        for attempt in range(START_ATTEMPTS):
            self.port = free_port()  # another program may take it before nginx does
            output = self.launch()
            if self.supervisor.poll() is None:
                return self
            if "in use" not in output or attempt == START_ATTEMPTS - 1:
                raise RuntimeError(f"the stack did not start:\n{output}\n{self.logs()}")

    def launch(self):
        """Returns what the supervisor printed until the stack was up or it ended."""
        settings = {name: value for name, value in os.environ.items() if not name.startswith("CHOREO_")}
        command = [self.checkout / "scripts" / "supervise", "--bin-dir", self.bin_dir, "--port", str(self.port)]
        self.supervisor = subprocess.Popen(
            [*command, "--dir", self.dir, "--run-dir", self.run_dir],
            env={**settings, **TWO_WORKERS, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=self.prepare,
        )
        seen = []
        for line in self.supervisor.stdout:
            seen.append(line)
            if line.startswith("Ctrl-C"):
                # Nobody reads what comes later, so that the pipe could fill; the log file has it all.
                threading.Thread(target=self.supervisor.stdout.read, daemon=True).start()
                self.said = "".join(seen)
                return self.said
        self.supervisor.wait()
        return "".join(seen)

    def stop(self):
        """Stops all of it; a process that ended on its own meanwhile is an error."""
        self.supervisor.send_signal(signal.SIGTERM)
        try:
            status = self.supervisor.wait(STOP_SECONDS)
            assert status == 0, f"the supervisor ended with status {status}:\n{self.logs()}"
            unexpected = self.unexpected_ends()
            assert not unexpected, f"processes ended by themselves: {unexpected}\n{self.logs()}"
        finally:
            self.supervisor.kill()
            shutil.rmtree(self.root, ignore_errors=True)

    def restart(self):
        """Stops and starts all of it over the same data and on the same port."""
        self.halt()
        self.resume()

    def halt(self):
        """Stops all of it; resume() goes on with the same data."""
        self.supervisor.send_signal(signal.SIGTERM)
        assert self.supervisor.wait(STOP_SECONDS) == 0, self.logs()

    def crash(self):
        """As a power cut without loss: kill -9 of everything at once. resume() goes on with the same data."""
        os.kill(self.supervisor.pid, signal.SIGSTOP)  # so that it starts nothing again
        pids = [int(path.read_text(encoding="utf-8")) for path in (self.run_dir / "pids").glob("*.pid")]
        for pid in pids:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()  # nginx's workers
            for one in [pid, *map(int, children)]:
                os.kill(one, signal.SIGKILL)
        self.supervisor.kill()
        self.supervisor.wait()

    def resume(self):
        output = self.launch()
        assert self.supervisor.poll() is None, output

    # --- processes

    def pid(self, name):
        """name: broker, fcgi-1, fcgi-2, streamer, dispatcher, nginx."""
        try:
            return int((self.run_dir / "pids" / f"{name}.pid").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def kill(self, name):
        pid = wait_until(lambda: self.pid(name), f"{name} runs")
        self.killed.append((name, pid))
        os.kill(pid, signal.SIGKILL)
        return pid

    def terminate(self, name):
        """Asks a process that runs to stop, and returns its pid."""
        pid = wait_until(lambda: self.pid(name), f"{name} runs")
        wait_until(lambda: any(line["msg"] == "ready" and line["pid"] == pid for line in self.process_log(name)), "ready")
        self.terminated += 1
        os.kill(pid, signal.SIGTERM)
        return pid

    def wait_replaced(self, name, old_pid):
        return wait_until(lambda: self.pid(name) not in (None, old_pid) and self.pid(name), f"{name} was started again")

    @contextlib.contextmanager
    def paused(self, name):
        """While the process stands still."""
        pid = wait_until(lambda: self.pid(name), f"{name} runs")
        os.kill(pid, signal.SIGSTOP)
        try:
            yield pid
        finally:
            os.kill(pid, signal.SIGCONT)

    def kill_and_wait(self, name):
        """kill -9, and back only when its successor runs and the stack answers."""
        new = self.wait_replaced(name, self.kill(name))
        self.wait_healthy()
        return new

    def wait_healthy(self):
        def healthy():
            client = self.client(timeout=5)
            try:
                return client.get("/health").status == 200 and client.get("/-/stream").status < 500
            except OSError:
                return False
            finally:
                client.close()

        wait_until(healthy, "the stack answers")

    def supervisor_log(self):
        return self.process_log("supervisor")

    def unexpected_ends(self):
        """Ends that no test caused, and stops that were not clean. A process that was killed on purpose shows as SIGKILL,
        as often as it was killed."""
        ends = [line for line in self.supervisor_log() if line["msg"] == "ended, starts again"]
        ends = [line for line in ends if line["name"] not in self.may_end or line["status"] == "signal SIGKILL"]
        by_kill = [line for line in ends if line["status"] == "signal SIGKILL"]
        by_request = [line for line in ends if line["status"] == "exit status 0"]
        others = [line for line in ends if line not in by_kill and line not in by_request]
        badly = [line for line in self.supervisor_log() if line["msg"] == "ended badly" or "did not stop" in line["msg"]]
        return others + by_kill[len(self.killed) :] + by_request[self.terminated :] + badly

    def logs(self, lines=30):
        parts = []
        for path in sorted((self.run_dir / "log").glob("*.log")):
            if path.name != "access.log":
                text = path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
                parts.append(f"--- {path.name}\n" + "\n".join(text))
        return "\n".join(parts)

    def process_log(self, name):
        """The lines that a process wrote, as objects; what is no line of ours is left out."""
        path = self.run_dir / "log" / f"{name}.log"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("{")]

    # --- clients

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def client(self, **options):
        return Client(self.port, **options)

    def stream(self, path, **options):
        """A running reader of /{instance}/stream…; close it, or use it in a `with`."""
        return Stream(self.port, path, **options)
