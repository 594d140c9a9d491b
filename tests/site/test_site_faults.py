"""On an installed site: parts that are killed or hang, the machine that restarts or loses its power."""

import pytest

from support.machine import PARTS
from support.promises import check_promises
from support.waiting import wait_until
from support.writers import Writers

WATCHDOG = "[Service]\nWatchdogSec=2s\n"


@pytest.mark.parametrize("unit", [*PARTS, "nginx.service"])
def test_a_killed_part_comes_back(site, unit):
    slug = unit.partition(".")[0].replace("@", "-")
    client = site.client()
    client.create(slug)
    with site.stream(f"/{slug}/stream", resume=True) as stream:
        with Writers(site, slug) as writers:
            writers.progress(5)
            before = site.signal(unit, "SIGKILL")
            wait_until(lambda: site.main_pid(unit) not in (0, before), f"{unit} runs again")
            writers.progress(5)
        site.wait_healthy()
        check_promises(site, slug, writers, [stream])
    client.close()


def test_parts_that_hang_are_replaced(site):
    """Each part is stopped in its tracks; nothing but the watchdog notices."""
    for unit in PARTS:
        directory = site.root / "etc/systemd/system" / f"{unit}.d"
        directory.mkdir(parents=True)
        (directory / "watchdog.conf").write_text(WATCHDOG)
    site.run("systemctl", "daemon-reload")
    site.run("systemctl", "restart", "choreo.target")
    site.wait_healthy()
    for unit in PARTS:
        before = site.signal(unit, "SIGSTOP")
        wait_until(lambda: site.main_pid(unit) not in (0, before), f"{unit} is replaced", 30)
    site.wait_healthy()
    assert "Watchdog timeout" in site.journal(400)


def test_the_machine_restarts(site):
    site.client().create("restart")
    with Writers(site, "restart", keyed=0) as writers:
        writers.progress(5)
        site.reboot()
        writers.stop()
    site.wait_healthy(60)
    check_promises(site, "restart", writers)


def test_the_machine_loses_its_power(site):
    site.client().create("power")
    with Writers(site, "power", keyed=0) as writers:
        writers.progress(5)
        site.cut_power()
        writers.stop()
    site.start()
    site.wait_healthy(60)
    check_promises(site, "power", writers)
