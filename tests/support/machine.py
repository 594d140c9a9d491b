"""A Debian machine with a systemd of its own (systemd-nspawn), in which the package is installed as an operator would.

Its network is private: `start()` takes this process into it, so that the tests' clients, streams and receivers meet the
machine's loopback, and threads that are made later do so too. What the machine writes lies over the cached root and goes away
with it, at the latest with the next run's sweep(). Needs root; one machine at a time.
"""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

from . import owned
from .http_client import Client
from .sse import Stream
from .stack import REPOSITORY, end_with_parent
from .waiting import wait_until

PORT = 8420
PREFIX = "choreo-site-"
CLONE_NEWNET = 0x40000000
SETTINGS = "etc/choreo/choreo.conf"
BOOT_SECONDS = 180
REBOOT_STATUS = 133  # how systemd-nspawn says that the machine wants to be started again
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PARTS = ["choreo-broker.service", "choreo-streamer.service", "choreo-dispatcher.service", "choreo-fcgi@1.service"]
CONTROL_GROUPS = ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup")
libc = ctypes.CDLL(None, use_errno=True)


def cached_root():
    return Path(os.environ.get("CHOREO_SITE_ROOT", REPOSITORY / "build" / "site" / "root"))


def enter_network(namespace):
    if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def control_groups(place):
    return [Path(group) / place.name for group in CONTROL_GROUPS if Path(group, "cgroup.procs").exists()]


def processes(place):
    """Those of the machine that lies there."""
    found = []
    for group in control_groups(place):
        found += [int(line) for path in group.rglob("cgroup.procs") for line in path.read_text().split()]
    return found


def put_away(place):
    """A machine of which no process is left."""
    for mounted in (place / "root", place / "disk"):
        if os.path.ismount(mounted):
            subprocess.run(["umount", mounted], check=True)
    for group in control_groups(place):
        for inner in sorted([*group.rglob("*/"), group], key=lambda path: -len(path.parts)):
            if inner.is_dir():
                inner.rmdir()
    shutil.rmtree(place)


def sweep():
    """Ends and puts away the machines of runs that were killed."""
    for place, lock in owned.abandoned(PREFIX):
        for pid in processes(place):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda place=place: not processes(place), f"the processes of {place} are gone")
        put_away(place)
        lock.close()


class Machine:
    def __init__(self, disk_mb=None, system=None):
        """disk_mb: the size of a disk of its own for what it writes. system: the root that it starts from, if not the cached one."""
        self.place, self.lock = owned.make(PREFIX)
        self.root = self.place / "root"
        self.port = PORT
        self.headers = {}  # of the tests' clients
        self.nspawn = None
        self.outside = open("/proc/self/ns/net", encoding="ascii")  # the network that the tests come from
        self.disk = self.place / "disk"
        for path in (self.root, self.disk):
            path.mkdir()
        if disk_mb:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={disk_mb}m", "choreo-test", self.disk], check=True)
        for name in ("upper", "work"):
            (self.disk / name).mkdir()
        layers = f"lowerdir={system or cached_root()},upperdir={self.disk}/upper,workdir={self.disk}/work"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, self.root], check=True)

    # --- life

    def start(self):
        command = ["systemd-nspawn", "-D", self.root, "-b", "--register=no", "--keep-unit", "--private-network"]
        with open(self.place / "console", "ab") as console:
            self.nspawn = subprocess.Popen(
                [*command, "--console=pipe", f"--machine={self.place.name.replace('_', '-')}"],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                preexec_fn=self.prepare,
            )
        self.wait_booted()
        return self

    def prepare(self):
        """Shut down if the tests are killed, and in control groups of its own, of which it will be the root."""
        end_with_parent()
        for group in control_groups(self.place):
            group.mkdir(exist_ok=True)
            (group / "cgroup.procs").write_text("0")

    def wait_booted(self):
        def booted():
            assert self.nspawn.poll() is None, self.console()
            return self.leader() and self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded")

        wait_until(booted, "the machine is up", BOOT_SECONDS)
        with open(f"/proc/{self.leader()}/ns/net", encoding="ascii") as inside:
            enter_network(inside)

    def leader(self):
        """The machine's first process, while there is one."""
        children = Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children")
        running = children.read_text(encoding="ascii").split() if children.exists() else []
        return int(running[0]) if running else None

    def reboot(self):
        self.run("systemctl", "reboot", check=False)
        status = self.nspawn.wait(BOOT_SECONDS)
        assert status == REBOOT_STATUS, f"status {status}\n{self.console()}"
        enter_network(self.outside)
        self.start()

    def cut_power(self):
        """Ends every process at once; start() boots it again from what was written."""
        enter_network(self.outside)
        leader = self.leader()
        if leader is not None:
            os.kill(leader, signal.SIGKILL)  # and with the first process every other
        self.nspawn.kill()
        self.nspawn.wait()
        wait_until(lambda: not processes(self.place), "its processes are gone")

    def stop(self):
        if self.nspawn is not None:
            self.cut_power()
        put_away(self.place)
        self.outside.close()
        self.lock.close()

    # --- inside

    def run(self, *command, check=True, seconds=150, **environment):
        """A command of root's in it, with nothing of this process' environment."""
        settings = {"PATH": PATH, "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", **environment}
        inside = ["nsenter", "-t", str(self.leader()), "--all", "--wd=/", "env", "-i"]
        inside += [f"{name}={value}" for name, value in settings.items()]
        ended = subprocess.run([*inside, *command], capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
        assert not check or ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}\n{self.journal()}"
        return ended

    def install(self, package, check=True):
        """What was installed asks for tokens: clients of this machine get one."""
        shutil.copy(package, self.root / "root" / package.name)
        installed = self.run("dpkg", "-i", f"/root/{package.name}", check=check)
        if installed.returncode == 0:
            self.make_token()
        return installed

    def make_token(self):
        """As an operator makes one; the clients that are made from now on have it."""
        command = ["choreoctl", "--json", "token", "create", "--subject", "tests", "--scope", "*:admin", "--expires", "1d"]
        self.headers = {"Authorization": f"Bearer {json.loads(self.run(*command).stdout)['token']}"}

    def set_lines(self, *lines):
        """Settings beside the shipped ones, in place of those that an earlier call gave; they hold from the next start on."""
        path = self.root / SETTINGS
        shipped = path.read_text(encoding="utf-8").partition("# tests\n")[0]
        path.write_text(shipped + "# tests\n" + "".join(f"{line}\n" for line in lines), encoding="utf-8")

    def main_pid(self, unit):
        """In the machine's own numbers; 0 while it does not run."""
        return int(self.run("systemctl", "show", "-P", "MainPID", unit).stdout)

    def signal(self, unit, name):
        """To its main process, of which it returns the number."""
        pid = self.main_pid(unit)
        self.run("systemctl", "kill", "--kill-whom=main", f"--signal={name}", unit)
        return pid

    def programs(self):
        """The command lines of all processes of ours."""
        found = self.run("sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep ^/usr/lib/choreo", check=False)
        return found.stdout.split()

    def is_active(self, unit):
        return self.run("systemctl", "is-active", unit, check=False).stdout.strip() == "active"

    def journal(self, lines=40):
        command = ["journalctl", "--no-pager", "-o", "cat", "-n", str(lines), "-u", "choreo*", "-u", "nginx"]
        return self.run(*command, check=False).stdout

    def console(self):
        return (self.place / "console").read_text(encoding="utf-8", errors="replace")[-3000:]

    # --- the site

    @property
    def dir(self):
        return self.root / "var/lib/choreo"

    def client(self, **options):
        return Client(self.port, headers=self.headers, **options)

    def stream(self, path, **options):
        return Stream(self.port, path, headers=self.headers, **options)

    def health(self):
        """The answer of /health, or None where there is none."""
        client = self.client(timeout=5)
        try:
            answer = client.get("/health")
            return json.loads(answer.body) | {"http": answer.status}
        except (OSError, ValueError):
            return None
        finally:
            client.close()

    def wait_healthy(self, seconds=120):
        def healthy():
            health = self.health()
            return health and health.get("status") == "ok" and health

        return wait_until(healthy, "the site is healthy", seconds)
