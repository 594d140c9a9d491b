"""Real containers by podman, with a storage of the tests' own, so that the machine's images and settings stay as they are. One run
at a time uses it; whatever it finds there but images is of a run that was killed."""

import contextlib
import json
import os
import resource
import shutil
import subprocess
from functools import cache
from pathlib import Path

from . import owned
from .stack import REPOSITORY
from .waiting import wait_until

PROGRAMS = ("podman", "podman-compose", "runc", "/usr/lib/podman/netavark", "iptables")
BASE = "docker.io/library/debian:12"
# What is built stays here for the next run. Removing it is safe: podman system reset, with these two files in its
# environment, or with nothing running, rm -rf.
STORAGE = Path(os.environ.get("CHOREO_TEST_CONTAINERS", Path.home() / ".cache" / "choreo-tests" / "containers"))

# Limits that the machine allows: podman's own are more than some virtual machines have. crun fails where the control groups
# are of version 1; runc does not.
ENGINE_CONF = """\
[containers]
default_ulimits = ["nofile={0}:{0}", "nproc=4096:4096"]
cgroups = "no-conmon"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
[network]
network_config_dir = "{1}/networks"
"""
STORAGE_CONF = """\
[storage]
driver = "overlay"
graphroot = "{0}/images"
runroot = "{0}/run"
"""
OTHERS_SECONDS = 3600  # what a run of all the container tests takes at the most


def missing():
    """"" or a sentence that says why no container can run here."""
    if os.geteuid() != 0:
        return "containers need root here: a virtual machine without user namespaces has no other way"
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"not installed: {', '.join(absent)} (scripts/install-packages containers)" if absent else ""


@cache
def environment():
    STORAGE.mkdir(parents=True, exist_ok=True)
    engine, storage = STORAGE / "containers.conf", STORAGE / "storage.conf"
    engine.write_text(ENGINE_CONF.format(resource.getrlimit(resource.RLIMIT_NOFILE)[1], STORAGE), encoding="utf-8")
    storage.write_text(STORAGE_CONF.format(STORAGE), encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CHOREO_", "COMPOSE_"))}
    return {**clean, "CONTAINERS_CONF": str(engine), "CONTAINERS_STORAGE_CONF": str(storage)}


def run(*command, check=True, seconds=120, settings=None, cwd=REPOSITORY):
    command = [str(part) for part in command]
    variables = {**environment(), **(settings or {})}
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, cwd=cwd, env=variables)
    said = done.stdout[-4000:] + done.stderr[-4000:]
    assert not check or done.returncode == 0, f"{command}: exit status {done.returncode}\n{said}"
    return done


def podman(*arguments, **options):
    return run("podman", *arguments, **options).stdout.strip()


@contextlib.contextmanager
def claimed():
    """The storage is ours alone, and empty but for images and what they are built from."""
    STORAGE.mkdir(parents=True, exist_ok=True)
    with wait_until(lambda: owned.locked(STORAGE / "owner"), "another run's containers are done", OTHERS_SECONDS):
        containers = podman("ps", "--all", "--external", "--quiet").split()
        if containers:
            podman("rm", "--force", "--time", "2", *containers)
        podman("volume", "prune", "--force")
        podman("network", "prune", "--force")
        podman("image", "prune", "--force", "--filter", "until=72h")
        yield


def make_base():
    """debian:12, which cannot be pulled everywhere: made from Debian's own packages, by the machine's mirror."""
    if run("podman", "image", "exists", BASE, check=False).returncode == 0:
        return
    root = STORAGE / "debian"
    shutil.rmtree(root, ignore_errors=True)
    run("debootstrap", "--variant=minbase", "bookworm", root, seconds=600)
    archive = STORAGE / "debian.tar"
    run("tar", "-C", root, "--exclude=./proc/*", "--exclude=./sys/*", "--exclude=./dev/*", "-cf", archive, ".")
    podman("import", archive, BASE, seconds=300)
    shutil.rmtree(root)
    archive.unlink()


class Container:
    """One that runs, by its name; removed at the end of a `with`."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, *_):
        podman("rm", "--force", "--time", "40", "--volumes", self.name, check=False)

    def exec(self, *command, user=None, check=True):
        return podman("exec", *(["--user", user] if user else []), self.name, *command, check=check)

    def inspect(self):
        return json.loads(podman("inspect", self.name))[0]

    def status(self):
        return self.inspect()["State"]["Status"]

    def logs(self):
        done = run("podman", "logs", self.name)
        return done.stdout + done.stderr

    def healthy(self):
        """The image's own health check, run now."""
        return run("podman", "healthcheck", "run", self.name, check=False).returncode == 0

    def wait_healthy(self):
        def state():
            assert self.status() == "running", f"{self.name} ended:\n{self.logs()[-4000:]}"
            return '"the stack is up"' in self.logs() and self.healthy()

        wait_until(state, f"{self.name} is healthy", seconds=60)
