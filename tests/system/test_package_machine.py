"""The package on a machine with a systemd of its own, in short: scripts/test --site has all of it."""

import pytest

from support import machine_here
from support.machine import PARTS, sweep
from support.package import cannot_pack, pack, repack
from support.promises import check_promises
from support.site_load import load, pids, replaced
from support.waiting import wait_until
from support.writers import Writers

PATIENCE_SECONDS = 120  # other tests run beside this one


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    if cannot_pack() or machine_here.cannot_start():
        pytest.skip(cannot_pack() or machine_here.cannot_start())
    return pack(tmp_path_factory)


@pytest.fixture(scope="module")
def site(package):
    sweep()
    try:
        running = machine_here.start(enabled=["nginx.service"])
    except machine_here.NoMachine as error:
        pytest.skip(f"no machine can be started here: {error}")
    try:
        running.install(package)
        running.wait_healthy()
        yield running
    finally:
        running.stop()


def test_installing_starts_a_healthy_site(site):
    assert all(site.is_active(unit) for unit in PARTS)
    client = site.client()
    client.create("shop")
    with site.stream("/shop/stream") as stream:
        client.insert("shop", "o17", table="orders", total=19.9)
        stream.wait_ops(1)
    assert client.ok(client.get("/shop/state/orders/o17"))["total"] == 19.9
    client.close()


def test_killed_parts_come_back(site):
    client = site.client()
    client.create("killed")
    with site.stream("/killed/stream", resume=True) as stream:
        with Writers(site, "killed", keyed=2, plain=1) as writers:
            for unit in [*PARTS, "nginx.service"]:
                before = site.signal(unit, "SIGKILL")
                again = lambda unit=unit, before=before: site.main_pid(unit) not in (0, before)  # noqa: E731
                wait_until(again, f"{unit} runs again", PATIENCE_SECONDS)
            site.wait_healthy()
            writers.progress(2, PATIENCE_SECONDS)
        check_promises(site, "killed", writers, [stream])
    client.close()


def test_an_upgrade_and_the_way_back_lose_no_request(site, package, tmp_path):
    newer = repack(package, tmp_path, "99.1-1")
    for slug, version in (("up", newer), ("back", package)):
        before = pids(site)
        with load(site, slug, plain=2):
            site.install(version)
            replaced(site, before)


def test_the_machine_restarts(site):
    site.client().create("restart")
    with Writers(site, "restart", keyed=0, plain=2) as writers:
        writers.progress(2, PATIENCE_SECONDS)
        site.reboot()
        writers.stop()
    site.wait_healthy()
    check_promises(site, "restart", writers)


def test_removing_keeps_the_data_and_purging_deletes_it(site):
    removed = site.run("dpkg", "-r", "choreo")
    assert "data and settings stay in /var/lib/choreo" in removed.stderr
    assert (site.dir / "shop.db").exists() and not site.programs()
    purged = site.run("dpkg", "-P", "choreo")
    assert "deleted /var/lib/choreo with 5 instances" in purged.stderr, purged.stderr
    assert not list(site.dir.glob("*")) and site.run("nginx", "-t").returncode == 0
