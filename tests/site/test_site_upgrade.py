"""Upgrades, returns to an older version and restarts under load: no request fails, every stream sees every operation once."""

import contextlib
import threading

import pytest

from support.machine import PARTS
from support.promises import check_promises
from support.waiting import wait_until
from support.writers import Writers


class Reader(threading.Thread):
    """Reads until it is stopped, each time over a new connection where told so, and keeps what was no success."""

    def __init__(self, site, path, fresh):
        super().__init__(daemon=True)
        self.site, self.path, self.fresh = site, path, fresh
        self.stopping = threading.Event()
        self.reads, self.failures = 0, []

    def run(self):
        client = self.site.client(timeout=60)
        while not self.stopping.is_set():
            try:
                answer = client.get(self.path)
                failure = None if answer.status == 200 else answer
            except OSError as error:
                failure = error
            if failure is not None:
                self.failures.append(failure)
            self.reads += 1
            if self.fresh:
                client.close()


@contextlib.contextmanager
def load(site, slug, kept=True):
    """Writers, readers and streams meanwhile; afterwards not one request has failed, and all promises hold. Nothing is
    sent twice. kept: also over connections that clients keep, which nginx closes when it reloads."""
    client = site.client()
    client.create(slug)
    with site.stream(f"/{slug}/stream", resume=True) as stream:
        readers = [Reader(site, f"/{slug}/operations?limit=5", fresh) for fresh in ((False, True) if kept else (True, True))]
        for reader in readers:
            reader.start()
        with Writers(site, slug, keyed=0, plain=8) if kept else contextlib.nullcontext() as writers:
            if writers:
                writers.progress(5)
            yield
            if writers:
                writers.progress(5)
        for reader in readers:
            reader.stopping.set()
            reader.join()
        site.wait_healthy()
        if writers:
            assert not any(writer.unanswered or writer.refused for writer in writers.all)
            check_promises(site, slug, writers, [stream])
        failures = [failure for reader in readers for failure in reader.failures]
        assert not failures and all(reader.reads for reader in readers), failures[:3]
    client.close()


def pids(site):
    return {unit: site.main_pid(unit) for unit in PARTS}


def replaced(site, before):
    """Every part runs, as another process, and from the file that is there now."""
    after = pids(site)
    for unit, pid in after.items():
        assert pid not in (0, before[unit]), f"{unit} was not replaced"
        assert "(deleted)" not in site.run("readlink", f"/proc/{pid}/exe").stdout
    return True


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
