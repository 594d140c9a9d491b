"""scripts/deploy where it must not begin: what it was given is wrong. A real server is deployed to by scripts/test --site."""

import subprocess

import pytest

from support.stack import REPOSITORY


def deploy(*arguments):
    command = [REPOSITORY / "scripts" / "deploy", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def make_package(directory, **fields):
    control = {"Package": "choreo", "Version": "0.1.0-1", "Architecture": "all", "Maintainer": "x <x@y.z>", "Description": "x"}
    root = directory / "root"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN" / "control").write_text("".join(f"{name}: {value}\n" for name, value in {**control, **fields}.items()))
    made = directory / "made.deb"
    subprocess.run(["dpkg-deb", "--build", root, made], check=True, capture_output=True)
    return made


@pytest.mark.parametrize("arguments", [(), ("host",), ("host", "a.deb", "b.deb"), ("--unknown", "host", "a.deb")])
def test_wrong_use_shows_how(arguments):
    done = deploy(*arguments)
    assert done.returncode == 2 and done.stderr.startswith("Usage: scripts/deploy")


def test_a_package_that_is_not_there(tmp_path):
    done = deploy("host", tmp_path / "none.deb")
    assert done.returncode == 1 and "none.deb is not there; scripts/package makes a package" in done.stderr


def test_what_is_no_package_or_another_one(tmp_path):
    (tmp_path / "text.deb").write_text("no package\n")
    for file in (tmp_path / "text.deb", make_package(tmp_path, Package="nginx")):
        done = deploy("host", file)
        assert done.returncode == 1 and done.stderr == f"deploy: {file} is no Debian package of Choreo\n"


def test_a_host_that_cannot_be_reached(tmp_path):
    """Port 1 of this machine: nobody listens there."""
    done = deploy("--ssh", "-p 1 -o BatchMode=yes", "root@127.0.0.1", make_package(tmp_path))
    assert done.returncode == 1
    assert "Connection refused" in done.stderr and "deploy: no connection to root@127.0.0.1; see above" in done.stderr


@pytest.mark.parametrize("patience", ["soon", "0", "-1", "99999"])
def test_a_patience_that_is_no_number_of_seconds(patience):
    done = deploy("--patience", patience, "host", "a.deb")
    assert done.returncode == 2 and f"--patience is '{patience}'; allowed: 1..9999" in done.stderr
