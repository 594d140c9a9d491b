"""Installing, using, setting, removing and purging the package on a machine."""

import re
import subprocess

from support.http_client import Client
from support.machine import PARTS, PATH, SETTINGS
from support.receiver import Receiver
from support.waiting import wait_until
from support.webhooks import register

MOST_EXPOSURE = 1.5


def test_installing_starts_a_healthy_site(machine, package):
    installed = machine.install(package)
    assert "it answers on http://127.0.0.1:8420" in installed.stderr, installed.stderr
    assert all(machine.is_active(unit) for unit in PARTS) and len(machine.programs()) == len(PARTS)
    assert machine.run("systemctl", "is-enabled", "choreo.target").stdout.strip() == "enabled"
    assert not machine.run("systemctl", "--failed", "--plain", "--no-legend").stdout.strip()
    owners = machine.run("stat", "-c", "%U:%G %a %n", "/var/lib/choreo", "/run/choreo").stdout.split("\n")[:2]
    assert owners == ["choreo:choreo 700 /var/lib/choreo", "choreo:choreo 750 /run/choreo"]


def test_only_this_machine_reaches_it(machine):
    others = (":0016", ":0050")  # sshd, and the site that nginx itself comes with
    table = [line.split() for line in machine.run("cat", "/proc/net/tcp", "/proc/net/tcp6").stdout.splitlines()]
    listening = {line[1] for line in table if line[3] == "0A" and not line[1].endswith(others)}
    assert listening == {f"0100007F:{machine.port:04X}"}


def test_who_has_no_token_is_refused_until_the_operator_makes_one(machine):
    stranger = Client(machine.port)
    assert stranger.get("/health").status == 200
    assert stranger.get("/instances").status == 401
    client = machine.client()
    assert client.get("/instances").status == 200
    keys = machine.run("stat", "-c", "%U:%G %a", "/etc/choreo/keys", "/etc/choreo/keys/jwt_private.pem").stdout.split("\n")[:2]
    assert keys == ["choreo:choreo 700", "choreo:choreo 600"]
    for unit in PARTS:
        seen = machine.run("nsenter", "-t", str(machine.main_pid(unit)), "-m", "cat", "/etc/choreo/keys/jwt_private.pem", check=False)
        assert "PRIVATE KEY" not in seen.stdout, unit
    assert "PRIVATE KEY" in machine.run("cat", "/etc/choreo/keys/jwt_private.pem").stdout
    machine.run("systemctl", "restart", "choreo.target")
    wait_until(lambda: client.get("/instances").status == 200, "the token is good after a restart")
    machine.wait_healthy()


def test_lintian_finds_no_error(package):
    checked = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", package], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_part_is_as_closed_as_promised(site):
    for unit in [*PARTS, "choreo-backup.service"]:
        analyzed = site.run("systemd-analyze", "security", "--no-pager", unit).stdout
        exposure = float(re.search(r"exposure level for \S+: ([0-9.]+)", analyzed)[1])
        assert exposure <= MOST_EXPOSURE, analyzed


def test_the_main_job(site):
    """In through nginx, out through the state, a stream, a webhook and the page."""
    site.set_lines("CHOREO_WEBHOOK_ALLOW=loopback")
    site.run("systemctl", "restart", "choreo.target")
    client = site.client()
    client.create("shop")
    with Receiver() as receiver, site.stream("/shop/stream") as stream:
        register(client, "shop", receiver.url())
        client.insert("shop", "o17", table="orders", total=19.9)
        stream.wait_ops(1)
        receiver.wait_op_ids([1])
    assert client.ok(client.get("/shop/state/orders/o17"))["total"] == 19.9
    page = client.get("/ui")
    assert page.status == 200 and page.headers["Content-Type"].startswith("text/html")
    assert client.get("/docs").status == 200
    client.close()


def test_more_workers(site):
    site.set_lines("CHOREO_WEBHOOK_ALLOW=loopback", "CHOREO_FCGI_PROCESSES=2")
    site.run("systemctl", "daemon-reload")
    site.run("systemctl", "restart", "choreo.target")
    assert site.is_active("choreo-fcgi@1.service") and site.is_active("choreo-fcgi@2.service")
    workers = [part for part in site.wait_healthy()["components"] if part["name"] == "choreo-fcgi"]
    assert len(workers) == 2


def test_the_nightly_backup_runs_as_closed_as_the_parts(site):
    site.run("systemctl", "start", "choreo-backup.service")
    made = list((site.root / "var/backups/choreo").glob("*"))
    assert len(made) == 1
    assert site.run("choreoctl", "verify", f"/var/backups/choreo/{made[0].name}").returncode == 0
    assert site.run("systemctl", "enable", "--now", "choreo-backup.timer").returncode == 0


def test_doctor_finds_the_parts_of_the_site_wherever_it_is_called(site):
    """Also in /, where ./run is the system's."""
    for place in ("/", "/root"):
        found = site.run("sh", "-c", f"cd {place} && choreoctl doctor", check=False).stdout
        assert "_missing" not in found, found


def test_a_wrong_setting_is_named_and_mended(site):
    site.set_lines("CHOREO_STREAM_MAX=many")
    site.run("systemctl", "restart", "choreo.target")
    wait_until(lambda: site.run("systemctl", "is-failed", "choreo-streamer", check=False).returncode == 0, "it gives up")
    said = site.run("journalctl", "-u", "choreo-streamer", "-n", "20", "-o", "cat").stdout
    assert "CHOREO_STREAM_MAX: the value 'many' is not allowed; allowed: 1..1000000" in said
    assert site.health()["status"] == "degraded"
    site.set_lines("CHOREO_WEBHOOK_ALLOW=loopback")
    site.run("systemctl", "restart", "choreo.target")
    site.wait_healthy()


def test_stopping_closes_the_sockets(site):
    units = [*PARTS, "choreo-fcgi.socket", "choreo-streamer.socket"]
    site.run("systemctl", "stop", "choreo.target")
    wait_until(lambda: not any(site.is_active(unit) for unit in units), "all of it has stopped")
    assert site.client().get("/health").status == 502
    assert not any(site.is_active(unit) for unit in units), "a request started what was stopped"
    site.run("systemctl", "start", "choreo.target")
    site.wait_healthy()


def test_removing_keeps_data_and_settings(site, package):
    before = site.client().operations("shop")
    removed = site.run("dpkg", "-r", "choreo")
    assert "data and settings stay in /var/lib/choreo and /etc/choreo" in removed.stderr
    assert (site.dir / "shop.db").exists() and (site.root / SETTINGS).exists()
    assert site.is_active("nginx") and site.run("nginx", "-t").returncode == 0
    assert not site.programs()
    site.install(package)
    site.wait_healthy()
    assert site.client().operations("shop") == before


def test_purging_deletes_them_and_says_so(site):
    purged = site.run("dpkg", "-P", "choreo")
    assert "deleted /var/lib/choreo with 1 instances, /etc/choreo" in purged.stderr, purged.stderr
    assert "backups stay in /var/backups/choreo" in purged.stderr
    left = site.run("find", "/etc", "/usr", "/var", "-name", "*choreo*", "-not", "-path", "/var/backups/choreo/*").stdout
    assert left.split() == ["/var/backups/choreo"], left
    assert site.is_active("nginx") and site.run("nginx", "-t").returncode == 0


def test_a_first_installation_that_is_cut_off_is_finished_by_configure(machine, repack):
    """dpkg is killed by the package's own script, once."""

    def change(root):
        script = root / "DEBIAN/postinst"
        kill = "[ -e /run/cut ] || { touch /run/cut; kill -9 $PPID; exit 1; }"
        script.write_text(script.read_text().replace('\n    start_all "$2"', f'\n    {kill}\n    start_all "$2"'))
        assert kill in script.read_text()

    assert machine.install(repack("0.0.9-1", change), check=False).returncode in (-9, 137)
    assert not machine.programs()
    machine.run("dpkg", "--configure", "-a")
    machine.make_token()
    machine.wait_healthy()


def test_where_nothing_is_booted_it_installs_and_starts_nothing(machine, package):
    """As when an image is made. The machine is between two boots, and has nothing mounted."""
    machine.cut_power()
    inside = ["chroot", machine.root, "/usr/bin/env", "-i", f"PATH={PATH}"]
    for step in (["dpkg", "-P", "choreo"], ["dpkg", "-i", f"/root/{package.name}"]):
        done = subprocess.run([*inside, *step], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    machine.start()
    machine.make_token()
    machine.wait_healthy()
