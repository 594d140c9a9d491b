"""Starts the processes of a stack, starts again what dies, and stops all of them in order.

One thread, one loop that waits for signals. The FastCGI socket is bound here and handed down, so that requests wait in
its queue while workers are replaced: killing every worker loses only the requests that these had accepted.
"""

import fcntl
import json
import os
import resource
import shutil
import signal
import socket
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

from . import health, nginx_conf
from .processes import Process, children_of, describe, libc, replace_text

START_SECONDS = 60.0
START_POLL_SECONDS = 0.05
PORT_SECONDS = 3.0  # how long a port that another stack just left may take to become free
FCGI_BACKLOG = 4096
LOG_CHECK_SECONDS = 60.0
MAX_LOG_BYTES = 64 << 20  # a larger log is moved to <name>.1
HANDLER_SECONDS = 2.0  # a process that was started longer ago handles its stop signal
# Signal, then this long for each group; who is still there is killed.
STOP_SECONDS = {"nginx and streamer": 12.0, "workers and dispatcher": 15.0, "broker": 5.0}

PRIVATE_UMASK = 0o077

PR_SET_CHILD_SUBREAPER = 36
REPOSITORY = Path(__file__).resolve().parents[2]


class StartError(Exception):
    """The stack cannot start; the text is a whole sentence, `log` the last lines of the process that is to blame."""

    def __init__(self, text, log=()):
        super().__init__(text)
        self.log = list(log)


class RunDirectory:
    """The directory of one stack: lock, pids, logs, sockets. Only one supervisor holds it at a time."""

    def __init__(self, path):
        self.path = path
        self.lock_path = path / "supervisor.lock"
        self.lock = None

    def prepare(self):
        for name in ("", "log", "pids", "temp"):
            (self.path / name).mkdir(parents=True, exist_ok=True)

    def acquire(self):
        self.lock = open(self.lock_path, "a+", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.lock.close()
            raise StartError(
                f"a stack is already running in {self.path} (supervisor {self.holder()}); "
                f"stop it with scripts/down, or choose another --run-dir"
            ) from None

    def holder(self):
        try:
            return int(self.lock_path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def write_holder(self):
        self.lock.truncate(0)
        self.lock.write(str(os.getpid()))
        self.lock.flush()


def check_port(address, port):
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
                probe.listen(1)
                return
            except OSError as error:
                if time.monotonic() > deadline or error.errno != 98:  # EADDRINUSE
                    reason = "is in use" if error.errno == 98 else f"cannot be used ({error.strerror})"
                    raise StartError(f"port {port} on {address} {reason}; choose another with --port") from None
        time.sleep(0.1)  # nothing tells when a port becomes free


def append_to_output():
    """So that nginx, which opens our output by its name, does not write over others' lines where it is a file."""
    for descriptor in (1, 2):
        fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_APPEND)


class Supervisor:
    def __init__(self, settings, bin_dir, foreground):
        self.settings = settings
        self.bin_dir = Path(bin_dir)
        self.foreground = foreground
        self.run = RunDirectory(settings.run_dir)
        self.processes = []
        self.fcgi_socket = None
        self.signals = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
        self.next_log_check = 0.0

    # --- start

    def start(self):
        """Returns once the stack is healthy. Raises StartError, with everything stopped again."""
        try:
            self.prepare()
        except OSError as error:
            raise StartError(f"{error.filename or self.run.path}: {error.strerror}") from error
        self.processes = self.describe_processes()
        try:
            for process in self.processes:
                self.launch(process)
            self.await_health()
        except BaseException:
            self.stop()
            raise
        self.log("the stack is up", url=self.url)

    def prepare(self):
        # Data and logs are their owner's alone, with every file that a process makes later.
        os.umask(PRIVATE_UMASK)
        if self.settings.log_to_output:
            append_to_output()
        self.run.prepare()
        self.run.acquire()
        check_port(self.settings.address, self.settings.port)
        self.run.write_holder()
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        signal.pthread_sigmask(signal.SIG_BLOCK, self.signals)
        os.chdir(self.run.path)  # so that the socket's name is short, whatever the directory's
        self.settings.dir.mkdir(parents=True, exist_ok=True)
        self.fcgi_socket = self.bind_fcgi("fcgi.sock")
        self.prepare_nginx()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.settings.port}"

    def bind_fcgi(self, name):
        Path(name).unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(name)
        os.chmod(name, 0o600)
        listener.listen(FCGI_BACKLOG)
        return listener

    def prepare_nginx(self):
        replace_text(self.run.path / "nginx.conf", nginx_conf.private(self.settings))
        page = self.run.path / "ui"
        page.unlink(missing_ok=True)
        page.symlink_to(self.bin_dir.parent.resolve() / "ui", target_is_directory=True)

    def describe_processes(self):
        environment = self.settings.environment
        to_output = self.settings.log_to_output

        def daemon(name, program, *options, **more):
            # "." is the run directory: a socket's path must not depend on the length of its name.
            command = [str(self.bin_dir / program), "--dir", str(self.settings.dir), "--run-dir", ".", *options]
            return Process(name, command, self.run.path, environment, log_to_output=to_output, **more)

        listener = self.fcgi_socket.fileno()
        workers = [
            daemon(f"fcgi-{n}", "choreo-fcgi", "--listen-fd", str(listener), descriptors=(listener,))
            for n in range(1, self.settings.sizes.fcgi_processes + 1)
        ]
        nginx = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
        if nginx is None:
            raise StartError("nginx is not installed; scripts/install-packages does that")
        return [
            daemon("broker", "choreo-broker"),
            *workers,
            daemon("streamer", "choreo-streamer", "--streamer-listen", "unix:streamer.sock"),
            daemon("dispatcher", "choreo-dispatcher"),
            Process(
                "nginx",
                # -e: where it writes what goes wrong before it has read its configuration.
                [nginx, "-e", "stderr", "-p", ".", "-c", "nginx.conf"],
                self.run.path,
                environment,
                stop_signal=signal.SIGQUIT,
                death_signal=signal.SIGTERM,
                log_to_output=to_output,
            ),
        ]

    def launch(self, process):
        try:
            process.start()
        except OSError as error:
            raise StartError(f"{process.command[0]} cannot be started: {error.strerror}") from error
        self.log("started", process=process.name, pid=process.pid)

    def await_health(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            for process, status in self.reap():
                raise StartError(f"{process.name} ended at its start ({describe(status)})", process.log_tail())
            reason = health.trouble(self.settings.port)
            if reason is None:
                return
            if time.monotonic() > deadline:
                raise StartError(f"not healthy after {START_SECONDS:.0f} s: {reason}", self.all_tails())
            if self.wait(START_POLL_SECONDS) == "stop":
                raise StartError("stopped before it was healthy")

    def all_tails(self):
        return [f"{process.name}: {line}" for process in self.processes for line in process.log_tail()[-5:]]

    # --- run

    def supervise(self):
        """Returns when a stop was asked for."""
        while self.wait(self.seconds_until_next()) != "stop":
            for process, status in self.reap():
                self.revive_later(process, status)
            for process in self.processes:
                if process.pid is None and time.monotonic() >= process.next_start:
                    self.restart(process)
            self.limit_logs()

    def seconds_until_next(self):
        starts = [process.next_start for process in self.processes if process.pid is None]
        return max(0.0, min([self.next_log_check, *starts]) - time.monotonic())

    def wait(self, seconds):
        """Waits for a signal. "stop" if it was one that asks for it."""
        received = signal.sigtimedwait(self.signals, seconds)
        if received is None or received.si_signo == signal.SIGCHLD:
            return None
        return "stop"

    def reap(self):
        """The processes that ended, with their status. Orphans of a killed nginx, which fall to us, are reaped as well."""
        ended = []
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return ended
            if pid == 0:
                return ended
            for process in self.processes:
                if process.pid == pid:
                    process.ended(status)
                    ended.append((process, status))

    def revive_later(self, process, status):
        delay = max(0.0, process.next_start - time.monotonic())
        self.log("ended, starts again", process=process.name, status=describe(status), delay_seconds=round(delay, 2))
        if process.name == "nginx":
            self.kill_orphans()

    def kill_orphans(self):
        """Workers of an nginx that was killed still hold its port."""
        known = {process.pid for process in self.processes}
        orphans = [pid for pid in children_of(os.getpid()) if pid not in known]
        for pid in orphans:
            os.kill(pid, signal.SIGKILL)
        for pid in orphans:
            os.waitpid(pid, 0)

    def restart(self, process):
        try:
            self.launch(process)
        except StartError as error:
            process.quick_deaths += 1
            process.next_start = time.monotonic() + 1.0
            self.log(str(error), process=process.name)

    # --- stop

    def stop(self):
        """nginx and the streams first, so that no request meets a process that is already gone; the broker last."""
        self.log("stopping")
        groups = {name: [] for name in STOP_SECONDS}
        for process in self.processes:
            front = process.name in ("nginx", "streamer")
            back = process.name == "broker"
            groups["nginx and streamer" if front else "broker" if back else "workers and dispatcher"].append(process)
        for name, members in groups.items():
            self.stop_group(members, STOP_SECONDS[name])
        self.kill_orphans()
        for name in ("fcgi.sock", "streamer.sock", "ui"):
            (self.run.path / name).unlink(missing_ok=True)
        self.log("stopped")

    def stop_group(self, members, seconds):
        for process in members:
            process.send(process.stop_signal)
        deadline = time.monotonic() + seconds
        while True:
            for process, status in self.reap():
                # Either it stopped badly, or it died by itself before its turn. One that was only just started may not have
                # come to handle the signal: then that ends it, and nothing is lost.
                young = time.monotonic() - process.started < HANDLER_SECONDS
                unhandled = young and os.waitstatus_to_exitcode(status) == -process.stop_signal
                if process not in members or (status != 0 and not unhandled):
                    self.log("ended badly", process=process.name, status=describe(status))
            left = [process for process in members if process.pid is not None]
            if not left:
                return
            if time.monotonic() >= deadline:
                break
            signal.sigtimedwait({signal.SIGCHLD}, max(0.0, deadline - time.monotonic()))
        for process in left:
            self.log(f"did not stop within {seconds:.0f} s, killed", process=process.name, pid=process.pid)
            process.send(signal.SIGKILL)
        while any(process.pid is not None for process in members):
            signal.sigtimedwait({signal.SIGCHLD}, 1.0)
            self.reap()

    # --- logs

    def log(self, message, **fields):
        now = datetime.now(timezone.utc)
        line = {"ts": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z", "level": "info"}
        line.update({"process": "supervisor", "pid": os.getpid(), "msg": message})
        if "process" in fields:
            fields["name"] = fields.pop("process")
        if "pid" in fields:
            fields["child"] = fields.pop("pid")
        text = json.dumps({**line, **fields}) + "\n"
        if self.settings.log_to_output:
            os.write(1, text.encode())
            return
        with open(self.run.path / "log" / "supervisor.log", "a", encoding="utf-8") as log:
            log.write(text)
        if self.foreground and message != "started":
            details = ", ".join(f"{name} {value}" for name, value in fields.items())
            print(f"choreo: {message}" + (f" ({details})" if details else ""), file=sys.stderr, flush=True)

    def limit_logs(self):
        if time.monotonic() < self.next_log_check:
            return
        self.next_log_check = time.monotonic() + LOG_CHECK_SECONDS
        for path in (self.run.path / "log").glob("*.log"):
            if path.stat().st_size > MAX_LOG_BYTES:
                # Everyone appends to an open file, so it is copied and emptied, not renamed.
                shutil.copyfile(path, path.with_name(path.name + ".1"))
                os.truncate(path, 0)
