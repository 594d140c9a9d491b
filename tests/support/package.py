"""The Debian package: made of what was built, and made again under other versions."""

import fcntl
import os
import re
import shutil
import subprocess

from .stack import build_dir


def cannot_pack():
    """"" or a sentence that says why."""
    if (build_dir() / "CPackConfig.cmake").exists() and shutil.which("cpack"):
        return ""
    return "the programs were not built by CMake in this directory, so there is nothing to pack"


def pack(tmp_path_factory):
    """The path of the package, which this run makes once, whichever of its processes asks first."""
    directory = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        directory = directory.parent
    made = directory / "package"
    with open(directory / "package.lock", "a", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            command = ["cpack", "--config", build_dir() / "CPackConfig.cmake", "-B", directory / "packing"]
            packed = subprocess.run(command, cwd=build_dir(), capture_output=True, text=True)
            assert packed.returncode == 0, packed.stdout + packed.stderr
            (directory / "packing").rename(made)
    (package,) = made.glob("choreo_*.deb")
    return package


def repack(package, place, version, change=lambda directory: None):
    """The same package under another version, made in the directory `place`; change(directory) may alter what is in it."""
    subprocess.run(["dpkg-deb", "-R", package, place / "root"], check=True)
    control = place / "root" / "DEBIAN" / "control"
    control.write_text(re.sub(r"^Version: .*", f"Version: {version}", control.read_text(), flags=re.MULTILINE))
    change(place / "root")
    made = place / f"choreo_{version}.deb"
    subprocess.run(["dpkg-deb", "-Zgzip", "-z1", "-b", place / "root", made], check=True, capture_output=True)
    return made
