"""scripts/deploy to a machine over a real sshd: what it refuses, that it upgrades under load, and how it returns."""

import re
import shutil
import subprocess

import pytest

from support.stack import REPOSITORY
from support.waiting import wait_until
from support.writers import Writers

FOLDER = "var/cache/choreo-deploy"


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("key") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


@pytest.fixture(scope="module")
def server(site, key):
    """The machine with the package, as an operator's: sshd, root's key, and a user who may use sudo."""
    site.run("useradd", "--create-home", "--shell", "/bin/sh", "ann")
    (site.root / "etc/sudoers.d/ann").write_text("ann ALL=(ALL) NOPASSWD: ALL\n")
    for home, owner in (("/root", "root"), ("/home/ann", "ann")):
        place = site.root / home.lstrip("/") / ".ssh"
        place.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(f"{key}.pub", place / "authorized_keys")
        site.run("chown", "-R", f"{owner}:{owner}", f"{home}/.ssh")
    site.run("systemctl", "start", "ssh")
    return site


@pytest.fixture
def command(server, key):
    def make(package, *options, user="root"):
        ssh = f"-i {key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o BatchMode=yes"
        return [REPOSITORY / "scripts" / "deploy", *options, "--ssh", ssh, f"{user}@127.0.0.1", package]

    return make


@pytest.fixture
def deploy(command):
    def run(*arguments, **options):
        ended = subprocess.run(
            command(*arguments, **options), capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL
        )
        ended.text = ended.stdout + ended.stderr
        return ended

    return run


def installed(server):
    return server.run("dpkg-query", "-W", "-f", "${Version}", "choreo").stdout


def break_workers(directory):
    """The new version's workers end at once."""
    program = directory / "usr/lib/choreo/choreo-fcgi"
    program.write_text('#!/bin/sh\n[ "$1" = --check ] && exit 0\necho "I am broken" >&2\nexit 1\n')


def test_nothing_changes_where_it_could_not_return(server, deploy, repack):
    refused = deploy(repack("0.1.0-2"))
    assert refused.returncode == 1
    assert "does not have the package of 0.1.0-1 any more" in refused.text and "--previous" in refused.text
    assert installed(server) == "0.1.0-1"


def test_another_architecture_is_refused(server, deploy, repack):
    def other(directory):
        control = directory / "DEBIAN" / "control"
        control.write_text(re.sub(r"^Architecture: .*", "Architecture: riscv64", control.read_text(), flags=re.MULTILINE))

    refused = deploy(repack("0.1.0-2", other))
    assert refused.returncode == 1 and "the package of riscv64" in refused.text


def test_a_full_disk_is_told_before_anything_is_done(server, deploy, repack, package):
    server.run("mkdir", "-p", "/var/backups")
    server.run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/var/backups")
    try:
        refused = deploy(repack("0.1.0-2"), "--previous", package)
    finally:
        server.run("umount", "/var/backups")
    assert refused.returncode == 1 and re.search(r"has \d MB free, but package and backup need \d+ MB", refused.text)
    assert installed(server) == "0.1.0-1"


def test_an_upgrade_under_load_loses_no_request_and_leaves_a_backup(server, deploy, repack, package):
    server.client().create("shop")
    with Writers(server, "shop", keyed=0, plain=2) as writers:
        writers.progress(5)
        done = deploy(repack("0.1.0-2"), "--previous", package, user="ann")
        writers.progress(5)
        writers.stop()
    assert done.returncode == 0, done.text
    assert "deploy: 0.1.0-2 serves" in done.text
    assert list((server.root / "var/backups/choreo").iterdir())
    assert installed(server) == "0.1.0-2"
    assert not any(writer.unanswered or writer.refused for writer in writers.all)
    again = deploy(repack("0.1.0-2"))
    assert again.returncode == 0 and "is installed on root@127.0.0.1 already, and healthy" in again.text


def test_a_version_that_is_not_healthy_goes_and_the_one_before_returns(server, deploy, repack):
    head = server.client().head("shop")
    failed = deploy(repack("0.1.0-3", break_workers), "--patience", "5")
    assert failed.returncode == 1, failed.text
    assert "0.1.0-3 is not healthy after 5 s" in failed.text
    assert "0.1.0-2 serves again; 0.1.0-3 was not deployed" in failed.text
    assert installed(server) == "0.1.0-2"
    server.wait_healthy()
    assert server.client().head("shop") == head


def test_a_package_that_cannot_be_installed_changes_nothing(server, deploy, repack):
    def refuse(directory):
        script = directory / "DEBIAN" / "preinst"
        script.write_text("#!/bin/sh\necho 'not on this day' >&2\nexit 1\n")
        script.chmod(0o755)

    failed = deploy(repack("0.1.0-3", refuse))
    assert failed.returncode == 1 and "not on this day" in failed.text
    assert "0.1.0-2 serves again" in failed.text and installed(server) == "0.1.0-2"


def test_an_older_version_only_where_it_is_asked_for(server, deploy, package):
    refused = deploy(package)
    assert refused.returncode == 1 and "0.1.0-2, which is newer than 0.1.0-1; --downgrade" in refused.text
    done = deploy(package, "--downgrade")
    assert done.returncode == 0, done.text
    assert installed(server) == "0.1.0-1"
    server.wait_healthy()


def test_the_server_goes_on_where_the_connection_breaks(server, command, repack):
    with subprocess.Popen(command(repack("0.1.0-4")), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        active = lambda: server.run("systemctl", "is-active", "choreo-deploy", check=False).stdout.strip() == "active"  # noqa: E731
        wait_until(active, "it has begun", seconds=60)
        server.run("pkill", "-KILL", "-f", "sshd: root")
        output = running.stdout.read()
    assert running.returncode == 3, output
    assert "goes on by itself" in output
    wait_until(lambda: installed(server) == "0.1.0-4" and not active(), "it is done", seconds=120)
    assert "0.1.0-4 serves" in (server.root / FOLDER / "log").read_text()


def test_without_a_backup_nothing_changes(server, deploy, repack):
    """What follows a backup by the operator's own will fails."""
    drop_in = server.root / "etc/systemd/system/choreo-backup.service.d/tests.conf"
    drop_in.parent.mkdir(exist_ok=True)
    drop_in.write_text("[Service]\nExecStartPost=/bin/sh -c 'echo no way to the other place; exit 1'\n")
    server.run("systemctl", "daemon-reload")
    refused = deploy(repack("0.1.0-5"))
    drop_in.unlink()
    server.run("systemctl", "daemon-reload")
    assert refused.returncode == 1 and "there is no backup, so nothing was changed" in refused.text, refused.text
    assert "no way to the other place" in refused.text and installed(server) == "0.1.0-4"


def test_what_dpkg_did_not_finish_comes_first(server, deploy, repack):
    newer = repack("0.1.0-5")
    shutil.copy(newer, server.root / "root")
    server.run("dpkg", "--unpack", f"/root/{newer.name}")
    refused = deploy(repack("0.1.0-6"))
    assert refused.returncode == 1 and "an installation was cut off; finish it first: dpkg --configure -a" in refused.text
    server.run("dpkg", "--configure", "-a")
    server.wait_healthy()
    assert installed(server) == "0.1.0-5"


def test_a_user_without_rights_is_told(server, deploy, repack):
    (server.root / "etc/sudoers.d/ann").unlink()
    refused = deploy(repack("0.1.0-6"), user="ann")
    assert refused.returncode == 1 and "sudo asks for a password" in refused.text


def test_the_first_package_on_a_server(server, deploy, package):
    """Purging leaves what was deployed before aside: there is nothing to back up and nothing to return to."""
    server.run("apt-get", "-q", "-y", "purge", "choreo")
    done = deploy(package)
    assert done.returncode == 0 and "deploy: 0.1.0-1 serves" in done.text, done.text
    server.make_token()
    server.wait_healthy()
