"""Upgrades, returns to an older version and restarts under load: no request fails, every stream sees every operation once."""

import pytest

from support.site_load import load, pids, replaced
from support.waiting import wait_until


@pytest.mark.parametrize("workers", [1, 2])
def test_an_upgrade_and_the_way_back_lose_no_request(site, package, repack, workers):
    config = site.root / "etc/choreo/choreo.conf"
    config.write_text(config.read_text() + f"CHOREO_FCGI_PROCESSES={workers}\n")
    site.run("systemctl", "daemon-reload")
    site.run("systemctl", "restart", "choreo.target")
    newer = repack(f"99.{workers}-1")
    for step, version in (("up", newer), ("back", package)):
        before = pids(site)
        with load(site, f"{step}-{workers}"):
            site.install(version)
            replaced(site, before)
    config.write_text(config.read_text().replace(f"CHOREO_FCGI_PROCESSES={workers}\n", ""))


def test_a_restart_loses_no_request(site):
    before = pids(site)
    with load(site, "restart"):
        site.run("systemctl", "restart", "choreo.target")
        site.wait_healthy()
        replaced(site, before)


def test_nginx_learns_what_its_sites_include(site, package, repack):
    """Over new connections: a reload closes kept ones that are idle, as HTTP lets it."""

    def change(root):
        path = root / "usr/share/choreo/nginx/server.conf"
        path.write_text(path.read_text() + "location = /-/new { return 204; }\n")

    def status():
        return site.client().get("/-/new").status

    with load(site, "nginx", kept=False):
        # A reload is asked for, not waited for: the workers of before accept until the new ones are there.
        site.install(repack("99.3-1", change))
        wait_until(lambda: status() == 204, "nginx knows the new location")
        site.install(package)
        wait_until(lambda: status() != 204, "nginx knows it no more")


def test_wrong_settings_stop_the_upgrade_and_nothing_else(site, repack):
    config = site.root / "etc/choreo/choreo.conf"
    right = config.read_text()
    before = pids(site)
    newer = repack("99.4-1")
    with load(site, "wrong-settings"):
        config.write_text(right + "CHOREO_FCGI_THREADS=many\n")
        refused = site.install(newer, check=False)
        assert refused.returncode != 0
        assert "CHOREO_FCGI_THREADS: the value 'many' is not allowed; allowed: 1..1000" in refused.stderr
        assert "mend /etc/choreo/choreo.conf, then run: dpkg --configure choreo" in refused.stderr
        assert pids(site) == before
        config.write_text(right)
        site.run("dpkg", "--configure", "choreo")
        replaced(site, before)


@pytest.mark.parametrize("line", ["enable_sites", "start_all", "tell_nginx"])
def test_an_upgrade_that_is_cut_off_is_finished_by_configure(site, repack, line):
    """dpkg is killed by its own script, once, at a line of it."""

    def change(root):
        path = root / "DEBIAN/postinst"
        kill = f"[ -e /run/cut-{line} ] || {{ touch /run/cut-{line}; kill -9 $PPID; exit 1; }}"
        path.write_text(path.read_text().replace(f'\n    {line} "$2"', f'\n    {kill}\n    {line} "$2"'))
        assert kill in path.read_text()

    before = pids(site)
    with load(site, f"cut-{line.replace('_', '-')}"):
        cut = site.install(repack("99.5-1", change), check=False)
        assert cut.returncode in (-9, 137), cut.stderr
        site.run("dpkg", "--configure", "-a")
        replaced(site, before)


def test_power_lost_between_unpacking_and_configuring(site, repack):
    newer = repack("99.6-1")
    site.client().create("power")
    site.client().insert("power", "a")
    (site.root / "root" / newer.name).write_bytes(newer.read_bytes())
    site.run("dpkg", "--unpack", f"/root/{newer.name}")
    site.run("sync")
    site.cut_power()
    site.start()
    site.wait_healthy(60)
    site.run("dpkg", "--configure", "-a")
    site.wait_healthy()
    assert len(site.client().operations("power")) == 1
    assert site.run("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", "choreo").stdout == "installed 99.6-1"
