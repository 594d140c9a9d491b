"""A clock that is off by a year: at the installation, which says so, and while the parts run."""

import pytest

from support.machine import PARTS, SETTINGS
from support.promises import check_promises

FAKE = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


def set_clock(site, offset):
    """For the parts, from their next start on; the machine's clock is the tests' too."""
    for unit in PARTS:
        directory = site.root / "etc/systemd/system" / f"{unit}.d"
        directory.mkdir(parents=True, exist_ok=True)
        lines = f"Environment=LD_PRELOAD={FAKE} FAKETIME={offset} DONT_FAKE_MONOTONIC=1\n" if offset else ""
        (directory / "clock.conf").write_text("[Service]\n" + lines)
    site.run("systemctl", "daemon-reload")
    site.run("systemctl", "restart", "choreo.target")
    site.wait_healthy()


def test_a_clock_that_is_behind_is_named_when_installing(machine, package):
    (machine.root / "root" / package.name).write_bytes(package.read_bytes())
    installed = machine.run("faketime", "-f", "-1y", "dpkg", "-i", f"/root/{package.name}")
    machine.make_token()
    assert "but this package was made on" in installed.stderr and "timedatectl set-ntp true" in installed.stderr
    machine.wait_healthy()


@pytest.mark.parametrize("offset, said", [("-1y", "not valid yet"), ("+1y", "has expired")])
def test_a_token_that_a_wrong_clock_refuses_says_so(site, offset, said):
    set_clock(site, offset)
    refused = site.client().get("/instances")
    assert refused.status in (401, 403) and said in refused.json["error"] and "clock of this server" in refused.json["error"]
    set_clock(site, "")
    assert site.client().get("/instances").status == 200


@pytest.fixture
def open_site(site):
    """Without tokens, which hold in their own time only."""
    settings = site.root / SETTINGS
    shipped = settings.read_text()
    settings.write_text(shipped.replace("\nCHOREO_AUTH=token\n", "\nCHOREO_AUTH=none\n"))
    yield site
    settings.write_text(shipped)


@pytest.mark.parametrize("first, then", [("+1y", ""), ("-1y", "")])
def test_operations_keep_their_order_when_the_clock_is_put_right(open_site, first, then):
    site = open_site
    slug = "ahead" if first == "+1y" else "behind"
    set_clock(site, first)
    client = site.client()
    client.create(slug)
    with site.stream(f"/{slug}/stream", resume=True) as stream:
        for n in range(5):
            client.insert(slug, f"a{n}")
        set_clock(site, then)
        client = site.client()
        for n in range(5):
            client.insert(slug, f"b{n}")
        operations = check_promises(site, slug, streams=[stream])
    assert [operation["target"]["id"] for operation in operations] == [f"{x}{n}" for x in "ab" for n in range(5)]


def test_data_from_the_future_is_named_when_installing(site, package):
    site.run("touch", "-d", "+400 days", "/var/lib/choreo/ahead.db")
    installed = site.install(package)
    assert "but the data was written on" in installed.stderr, installed.stderr
