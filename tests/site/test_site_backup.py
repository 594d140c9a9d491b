"""Backups of an installed site: the timer fires, the hook copies elsewhere, old ones go, and a lost site comes back."""

import json

import pytest

from support.machine import SETTINGS
from support.receiver import Receiver
from support.stack import REPOSITORY
from support.waiting import wait_until
from support.webhooks import register

BACKUPS = "/var/backups/choreo"
STAMP = "/var/lib/systemd/timers/stamp-choreo-backup.timer"
ELSEWHERE = "/srv/elsewhere"
SOON = "[Timer]\nOnCalendar=\nOnActiveSec=1s\nRandomizedDelaySec=0\nAccuracySec=10ms\n"
# The lines of docs/operate.md that an operator would put in.
HOOK = "[Service]\nExecStart=\nExecStart=/usr/bin/choreoctl backup {0} --keep {1} --dir /var/lib/choreo --then '{2}'\n{3}\n"
COPY = f'cp -a "$CHOREO_BACKUP" {ELSEWHERE}/'


def guide(topic, language, **words):
    """The block of docs/operate.md that follows **topic**, with these words filled in."""
    text = (REPOSITORY / "docs" / "operate.md").read_text(encoding="utf-8").partition(f"**{topic}**")[2]
    block = text.partition(f"```{language}\n")[2].partition("```")[0]
    for name, value in words.items():
        assert name in block
        block = block.replace(name, value)
    return block


def backups(site, place=BACKUPS):
    return sorted(path.name for path in (site.root / place.lstrip("/")).glob("choreo-*"))


def drop_in(site, unit, text):
    directory = site.root / "etc/systemd/system" / f"{unit}.d"
    directory.mkdir(exist_ok=True)
    (directory / "tests.conf").write_text(text, encoding="utf-8")
    site.run("systemctl", "daemon-reload")


def set_hook(site, hook, keep=14, more=""):
    drop_in(site, "choreo-backup.service", HOOK.format(BACKUPS, keep, hook, more))


def shown(site, unit, name):
    return site.run("systemctl", "show", "-P", name, unit).stdout.strip()


def wait_ended(site, before):
    """The invocation after `before`, by its result."""

    def ended():
        invocation = shown(site, "choreo-backup.service", "InvocationID")
        over = shown(site, "choreo-backup.service", "ActiveState") in ("inactive", "failed")
        return invocation not in ("", before) and over and shown(site, "choreo-backup.service", "Result")

    return wait_until(ended, "the timer started a backup, and it ended", 60)


def fire(site):
    """Nobody but the timer starts the service; returns how it ended."""
    before = shown(site, "choreo-backup.service", "InvocationID")
    site.run("systemctl", "restart", "choreo-backup.timer")
    return wait_ended(site, before)


def said(site):
    invocation = shown(site, "choreo-backup.service", "InvocationID")
    return site.run("journalctl", "--no-pager", "-o", "cat", f"_SYSTEMD_INVOCATION_ID={invocation}").stdout


@pytest.fixture(scope="module")
def shop(site):
    """The site with an instance, and an operator's settings."""
    site.set_lines("CHOREO_WEBHOOK_ALLOW=loopback")
    site.run("systemctl", "restart", "choreo.target")
    site.wait_healthy()
    client = site.client()
    client.create("shop")
    for n in range(5):
        client.insert("shop", f"o{n}", table="orders")
    return site


@pytest.fixture(scope="module")
def soon(shop):
    """Its timer fires a second after it was started."""
    drop_in(shop, "choreo-backup.timer", SOON)
    return shop


def test_a_backup_that_was_missed_is_made_up_when_the_machine_is_on_again(shop):
    """The timer as it is shipped, but for the delay of up to 20 minutes that it draws: it was due while the machine was off."""
    drop_in(shop, "choreo-backup.timer", "[Timer]\nRandomizedDelaySec=0\n")
    shop.run("systemctl", "enable", "--now", "choreo-backup.timer")
    assert not backups(shop) and shown(shop, "choreo-backup.timer", "LastTriggerUSec") == ""
    shop.run("touch", "-d", "-3 days", STAMP)
    shop.reboot()
    assert wait_ended(shop, "") == "success"
    [made] = backups(shop)
    checked = shop.run("choreoctl", "verify", f"{BACKUPS}/{made}")
    assert "shop: 5 operations, as their log says" in checked.stdout
    assert shown(shop, "choreo-backup.timer", "LastTriggerUSec") != ""
    shop.wait_healthy()


def test_the_hook_copies_each_backup_elsewhere_and_old_ones_go(soon):
    soon.run("install", "-d", "-o", "choreo", "-g", "choreo", "-m", "700", ELSEWHERE)
    set_hook(soon, COPY, keep=2, more=f"ReadWritePaths={ELSEWHERE}")
    before = backups(soon)
    for _ in range(3):
        assert fire(soon) == "success", said(soon)
    copied = backups(soon, ELSEWHERE)
    assert len(copied) == 3 and backups(soon) == copied[-2:] and not set(before) & set(backups(soon))
    for name in copied:
        soon.run("sh", "-c", f"cd {ELSEWHERE}/{name} && sha256sum --quiet --check SHA256SUMS")
    assert "shop: 5 operations, as their log says" in soon.run("choreoctl", "verify", f"{ELSEWHERE}/{copied[-1]}").stdout


def test_copies_over_ssh_as_the_guide_says(soon):
    soon.run("useradd", "--create-home", "--shell", "/bin/sh", "keeper")
    soon.run("install", "-d", "-o", "keeper", "-m", "700", "/home/keeper/.ssh")
    soon.run("systemctl", "start", "ssh")
    *steps, edit = guide("Copies on another machine", "bash", HOST="127.0.0.1").splitlines()
    for step in steps:
        soon.run("sh", "-c", step)
    assert edit.startswith("systemctl edit choreo-backup")
    drop_in(soon, "choreo-backup.service", guide("Copies on another machine", "ini", HOST="127.0.0.1", USER="keeper"))
    assert fire(soon) == "exit-code" and "Permission denied (publickey" in said(soon), said(soon)
    soon.run("install", "-o", "keeper", "-m", "600", "/etc/choreo/copies/key.pub", "/home/keeper/.ssh/authorized_keys")
    assert fire(soon) == "success", said(soon)
    [copied] = backups(soon, "/home/keeper")
    assert copied == backups(soon)[-1]
    soon.run("sh", "-c", f"cd /home/keeper/{copied} && sha256sum --quiet --check SHA256SUMS")


def test_a_hook_that_fails_is_a_failed_unit_with_a_sentence(soon):
    before = backups(soon)
    set_hook(soon, "echo the other place is full >&2; exit 3", keep=1)
    assert fire(soon) == "exit-code"
    assert soon.run("systemctl", "is-failed", "choreo-backup.service").stdout.strip() == "failed"
    text = said(soon)
    assert "the other place is full" in text and "ended with status 3" in text, text
    assert len(backups(soon)) == len(before) + 1, "the backup is there, and none goes before it is copied"
    set_hook(soon, "true", keep=2)
    assert fire(soon) == "success" and len(backups(soon)) == 2


def test_a_backup_with_no_room_for_it_is_a_failed_unit_with_a_sentence(soon):
    before = backups(soon)
    soon.run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", BACKUPS)
    try:
        soon.run("chown", "choreo:", BACKUPS)
        assert fire(soon) == "exit-code"
        text = said(soon)
        left = soon.run("ls", BACKUPS).stdout
    finally:
        soon.run("umount", BACKUPS)
    assert "disk" in text and "full" in text, text
    assert not left and backups(soon) == before


def test_a_lost_site_comes_back_from_its_backup(soon, package):
    """Everything is gone but the backups."""
    set_hook(soon, "true")
    client = soon.client()
    with Receiver() as receiver:
        register(client, "shop", receiver.url())
        client.insert("shop", "known", table="orders")
        receiver.wait_op_ids([6])
        assert fire(soon) == "success"
        log, headers = client.operations("shop"), soon.headers
        newest = backups(soon)[-1]
        soon.run("apt-get", "-q", "-y", "purge", "choreo")
        soon.install(package)
        for step in guide("A lost site", "bash").replace("choreo-TIME", newest).splitlines():
            soon.run("sh", "-c", step)
        soon.wait_healthy()
        soon.headers = headers  # the token of before is good again
        client = soon.client()
        assert client.operations("shop") == log
        client.insert("shop", "after", table="orders")
        receiver.wait_op_ids([6, 7])
    assert "CHOREO_WEBHOOK_ALLOW=loopback" in (soon.root / SETTINGS).read_text(encoding="utf-8")
    assert json.loads(soon.run("choreoctl", "--json", "verify").stdout)

