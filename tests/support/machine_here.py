"""A machine that starts from this one's own files, for a short test of the package: no Debian has to be made for it first."""

import os
import shutil
import subprocess
import uuid
from pathlib import Path

from .machine import Machine

SYSTEMD = Path("/usr/lib/systemd/systemd")
WANTED = "multi-user.target.wants"
# The host's own mounts and services, the policy that keeps packages from starting any, and the manual's index, which takes long.
LEFT_OUT = ("etc/fstab", "etc/crypttab", "etc/rc?.d/S*", "usr/sbin/policy-rc.d", "var/lib/man-db/auto-update")


def cannot_start():
    """"" or a sentence that says why there can be none."""
    if os.geteuid() != 0:
        return "a machine needs root, for systemd-nspawn and mounts"
    if shutil.which("systemd-nspawn") is None or not SYSTEMD.exists():
        return "a machine needs systemd-nspawn: apt-get install systemd-container"
    if subprocess.run(["dpkg-query", "-W", "choreo"], capture_output=True).returncode == 0:
        return "choreo is installed here, so a machine with these files would have it already"
    return ""


class NoMachine(Exception):
    pass


def start(enabled=()):
    """Nothing runs there but what systemd itself brings, and these units. NoMachine: this one does not let another run."""
    running = None
    try:
        running = Machine(system=Path("/"))
        units = running.root / "etc/systemd/system"
        shutil.rmtree(units, ignore_errors=True)
        (units / WANTED).mkdir(parents=True)
        for unit in enabled:
            (units / WANTED / unit).symlink_to(f"/lib/systemd/system/{unit}")
        for path in [path for pattern in LEFT_OUT for path in running.root.glob(pattern)]:
            path.unlink()
        (running.root / "etc/machine-id").write_text(f"{uuid.uuid4().hex}\n", encoding="ascii")
        return running.start()
    except (OSError, AssertionError, subprocess.SubprocessError) as error:
        if running is not None:
            running.stop()
        raise NoMachine(str(error)) from error
