"""Machines for the tests of an installed site, and the packages that are installed on them."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from support import package as package_files
from support.machine import Machine, cached_root, sweep
from support.stack import REPOSITORY


def pytest_configure(config):
    """Whoever ends a run lets it put its machines and containers away, also by SIGTERM and where a shell has SIGINT ignored."""
    if config.getoption("--site"):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)


@pytest.fixture(scope="session")
def package():
    """CHOREO_PACKAGE, else what scripts/package makes of this tree."""
    given = os.environ.get("CHOREO_PACKAGE")
    if given:
        return Path(given)
    made = subprocess.run([REPOSITORY / "scripts" / "package"], stdout=subprocess.PIPE, text=True, check=True)
    return Path(made.stdout.split()[-1])


@pytest.fixture(scope="session")
def debian(package):
    """The cached system that machines start from."""
    if os.geteuid() != 0:
        pytest.skip("machines need root, for systemd-nspawn and mounts")
    for program in ("systemd-nspawn", "debootstrap"):
        if shutil.which(program) is None:
            pytest.skip(f"machines need {program}: scripts/install-packages site")
    sweep()
    subprocess.run([REPOSITORY / "scripts" / "site-root", cached_root(), package], check=True)


@pytest.fixture(scope="session")
def repack(package, tmp_path_factory):
    """repack("0.1.1-1", change) makes the same package under another version; change(directory) may alter what is in it."""

    def make(version, change=lambda directory: None):
        return package_files.repack(package, tmp_path_factory.mktemp("repacked"), version, change)

    return make


@pytest.fixture(scope="module")
def machine(debian):
    """A machine without the package."""
    running = Machine()
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture(scope="module")
def site(machine, package):
    """A machine with the package."""
    machine.install(package)
    machine.wait_healthy()
    return machine
