"""An upgrade on a disk with no room for it: the old version runs on, the operator is told, and room mends it."""

import subprocess

import pytest

from support.machine import Machine
from support.site_load import pids

DISK_MB = 160


@pytest.fixture(scope="module")
def machine(debian):
    """One whose changes go to a small disk."""
    running = Machine(disk_mb=DISK_MB)
    try:
        yield running.start()
    finally:
        running.stop()


def fill(site, leave_mb):
    """Leaves so many MiB; returns the file that takes the rest."""
    ballast = site.root / "var/ballast"
    free_kb = int(subprocess.run(["df", "-Pk", site.root], capture_output=True, text=True, check=True).stdout.split()[-3])
    with open(ballast, "wb") as file:
        file.write(bytes(max(0, free_kb - leave_mb * 1024) * 1024))
    return ballast


@pytest.mark.parametrize("leave_mb, said", [(20, "/usr has "), (0, "No space left on device")])
def test_the_old_version_runs_on_until_there_is_room(site, repack, leave_mb, said):
    newer = repack(f"99.{leave_mb + 1}-1")
    (site.root / "root" / newer.name).write_bytes(newer.read_bytes())
    client = site.client()
    client.create(f"disk-{leave_mb}")
    client.insert(f"disk-{leave_mb}", "a")
    before = pids(site)
    ballast = fill(site, leave_mb)
    refused = site.run("dpkg", "-i", f"/root/{newer.name}", check=False)
    assert refused.returncode != 0 and said in refused.stderr, refused.stderr
    assert pids(site) == before
    assert len(client.operations(f"disk-{leave_mb}")) == 1
    ballast.unlink()
    site.run("dpkg", "-i", f"/root/{newer.name}")
    site.wait_healthy()
    assert all(pids(site)[unit] != pid for unit, pid in before.items())
    assert len(client.operations(f"disk-{leave_mb}")) == 1
