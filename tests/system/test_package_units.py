"""The units of systemd/, read by systemd's own tools and by the programs that they start."""

import os
import re
import shutil
import subprocess

import pytest

from support.stack import REPOSITORY

UNITS = REPOSITORY / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
PARTS = ["choreo-broker.service", "choreo-dispatcher.service", "choreo-fcgi@.service", "choreo-streamer.service"]
MOST_EXPOSURE = 1.5
PROTECTION = re.compile(
    r"(Protect|Private|Restrict|NoNew|Capab|Ambient|Lock|Memory|SystemCall|UMask|RemoveIPC|Device|IPAddress|Limit|Tasks|Watchdog)"
)


@pytest.fixture
def installed(tmp_path):
    """The units as the package lays them down; any program stands for ours, which are not installed here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    for unit in UNITS.iterdir():
        if unit.suffix in (".service", ".socket", ".target", ".timer"):
            text = re.sub(r"^(Exec\w+=[-+!@]*)/usr/\S+", r"\1/bin/true", unit.read_text(), flags=re.MULTILINE)
            (tmp_path / unit.name).write_text(text)
    for unit in SERVICES:
        (tmp_path / f"{unit.name}.d").mkdir()
        shutil.copy(UNITS / "hardening.conf", tmp_path / f"{unit.name}.d")
    return tmp_path


def analyze(installed, *arguments):
    environment = {"HOME": "/", "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "SYSTEMD_UNIT_PATH": f"{installed}:"}
    command = ["systemd-analyze", "--no-pager", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=installed)


def test_units_are_valid(installed):
    units = [path for path in installed.iterdir() if path.is_file()]
    assert len(units) >= 7
    checked = analyze(installed, "verify", *units)
    # Manual pages are looked for too, and are installed no more than the programs.
    ours = [line for line in checked.stderr.splitlines() if "choreo" in line and "Command 'man " not in line]
    assert not ours, ours


def test_a_broken_unit_would_be_noticed(installed):
    unit = installed / "choreo-broker.service"
    unit.write_text(unit.read_text().replace("PrivateNetwork=yes", "PrivateNetwork=perhaps"))
    assert "choreo-broker" in analyze(installed, "verify", unit).stderr


@pytest.mark.parametrize("name", [unit.name for unit in SERVICES])
def test_little_is_exposed(installed, name):
    analyzed = analyze(installed, "security", "--offline=true", f"./{name}")
    found = re.search(r"exposure level for \S+: ([0-9.]+)", analyzed.stdout)
    assert found and float(found[1]) <= MOST_EXPOSURE, analyzed.stdout + analyzed.stderr


@pytest.mark.parametrize("path", [*SERVICES, UNITS / "hardening.conf"], ids=lambda path: path.name)
def test_every_hardening_line_has_its_reason(path):
    """A comment stands above each directive or group of directives of a unit's protection."""
    explained = False
    for line in path.read_text().splitlines():
        if line.startswith("#"):
            explained = True
        elif not line.strip() or line.startswith("["):
            explained = False
        elif PROTECTION.match(line):
            assert explained, line


@pytest.mark.parametrize("name", PARTS)
def test_parts_are_watched_and_come_back(name):
    text = (UNITS / name).read_text()
    for line in ("Type=notify", "WatchdogSec=60s", "Restart=always", "RestartPreventExitStatus=2"):
        assert f"\n{line}\n" in text, line


@pytest.mark.parametrize("name", PARTS)
def test_no_part_sees_the_key_that_signs_tokens(name):
    """Neither where it is, nor in a backup; all parts run as the user that owns both."""
    hidden = re.findall(r"^InaccessiblePaths=-(\S+)$", (UNITS / name).read_text(), re.MULTILINE)
    assert "/etc/choreo/keys" in hidden or "/etc/choreo/keys/jwt_private.pem" in hidden
    assert "/var/backups/choreo" in hidden


def workers(tmp_path, settings):
    """The names of the units that the generator adds, and what it says."""
    config = tmp_path / "choreo.conf"
    config.write_text(settings)
    environment = {**os.environ, "CHOREO_CONFIG": str(config)}
    target = tmp_path / "generated"
    target.mkdir()
    command = ["/bin/sh", UNITS / "choreo-workers", target, target, target]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return sorted(path.name for path in target.glob("choreo.target.wants/*")), ended.stderr


@pytest.mark.parametrize(
    "settings, count",
    [
        ("", 0),
        ("CHOREO_FCGI_PROCESSES=1\n", 0),
        ("CHOREO_FCGI_PROCESSES=3\n", 2),
        ('# CHOREO_FCGI_PROCESSES=9\n  CHOREO_FCGI_PROCESSES = "4" \nCHOREO_PORT=1\n', 3),
        ("CHOREO_FCGI_PROCESSES=64", 63),
    ],
)
def test_the_generator_adds_workers(tmp_path, settings, count):
    assert workers(tmp_path, settings) == (sorted(f"choreo-fcgi@{n}.service" for n in range(2, count + 2)), "")


@pytest.mark.parametrize("value", ["0", "65", "-1", "two", "2;reboot", "2 3", "../2"])
def test_a_wrong_number_of_workers_is_named_and_one_is_started(tmp_path, value):
    names, said = workers(tmp_path, f"CHOREO_FCGI_PROCESSES={value}\n")
    assert not names and f"'{value}'" in said and "allowed: 1..64" in said
