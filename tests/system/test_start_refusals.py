"""What an operator gets wrong before the start: one sentence that names the setting and what is allowed, and the exit
status: 2 where no new start mends it, which systemd takes as the end, else 1."""

import os
import socket
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.access import make_keys
from support.stack import build_dir

PROGRAMS = ["choreo-fcgi", "choreo-broker", "choreo-streamer", "choreo-dispatcher"]
LISTENING = ["choreo-fcgi", "choreo-streamer"]
LONG = "x" * 108
SOMEBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def can_be_somebody():
    if os.geteuid() != 0:
        return False
    return subprocess.run([*SOMEBODY, build_dir() / "bin" / PROGRAMS[0], "--version"], capture_output=True).returncode == 0


@pytest.fixture
def place():
    """Not below pytest's own directory, which nobody else may enter."""
    with tempfile.TemporaryDirectory(prefix="choreo-start-") as name:
        (Path(name) / "run").mkdir()
        yield Path(name)


def refusal(program, place, as_user=(), **settings):
    """(exit status, the one sentence without the program's name)"""
    environment = {"CHOREO_DIR": str(place / "data"), "CHOREO_RUN_DIR": str(place / "run"), **settings}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CHOREO_")}
    command = [*as_user, build_dir() / "bin" / program]
    ended = subprocess.run(command, env={**inherited, **environment}, capture_output=True, text=True, timeout=30)
    lines = ended.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith(f"{program}: ") and not ended.stdout, ended
    return ended.returncode, lines[0].removeprefix(f"{program}: ")


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(
    "content, said",
    [
        (b"CHOREO_STREAM_MAKS=3\n", "line 1, CHOREO_STREAM_MAKS: there is no such setting"),
        (b"\xef\xbb\xbfCHOREO_LOG_LEVEL=info\r\nCHOREO_DIR /x\r\n", "line 2: is not NAME=value"),
        (b'CHOREO_LOG_LEVEL="info\n', "line 1, CHOREO_LOG_LEVEL: the value '\"info' is not allowed; allowed: debug, info"),
        (b"CHOREO_LOG_LEVEL=info # comment\n", "line 1, CHOREO_LOG_LEVEL: the value 'info # comment' is not allowed"),
        (b"export CHOREO_LOG_LEVEL=info\n", "line 1, export CHOREO_LOG_LEVEL: there is no such setting"),
        ("CHOREO_LOG_LEVEL=info\n".encode("utf-16"), "is not NAME=value"),
    ],
)
def test_a_wrong_settings_file(program, content, said, place):
    (place / "choreo.conf").write_bytes(content)
    status, sentence = refusal(program, place, CHOREO_CONFIG=str(place / "choreo.conf"))
    assert status == 2 and said in sentence and str(place / "choreo.conf") in sentence, sentence


@pytest.mark.parametrize("program", PROGRAMS)
def test_directories_that_are_files(program, place):
    (place / "file").write_text("x")
    status, sentence = refusal(program, place, CHOREO_DIR=str(place / "file"))
    assert status == 1 and f"{place}/file" in sentence and "Not a directory; CHOREO_DIR names the data" in sentence
    status, sentence = refusal(program, place, CHOREO_RUN_DIR=str(place / "file"))
    assert status == 1 and f"CHOREO_RUN_DIR: '{place}/file': Not a directory; it must be" in sentence


@pytest.mark.skipif(not can_be_somebody(), reason="needs root, and programs that others may run")
@pytest.mark.parametrize("program", PROGRAMS)
def test_directories_and_keys_of_somebody_else(program, place):
    open_to_all = place / "all"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    place.chmod(0o755)
    (place / "data").mkdir(mode=0o755)
    status, sentence = refusal(program, place, SOMEBODY, CHOREO_RUN_DIR=str(open_to_all))
    assert status == 1 and "Permission denied; CHOREO_DIR names the data directory, which must belong to" in sentence
    status, sentence = refusal(program, place, SOMEBODY, CHOREO_DIR=str(open_to_all))
    assert status == 1 and f"CHOREO_RUN_DIR: '{place}/run': Permission denied" in sentence
    (place / "choreo.conf").write_text("CHOREO_LOG_LEVEL=info\n")
    (place / "choreo.conf").chmod(0o600)
    status, sentence = refusal(program, place, SOMEBODY, CHOREO_CONFIG=str(place / "choreo.conf"))
    assert status == 2 and f"settings file {place}/choreo.conf cannot be read: Permission denied" in sentence
    if program in LISTENING:
        make_keys(place / "keys")
        theirs = {"CHOREO_DIR": str(open_to_all), "CHOREO_RUN_DIR": str(open_to_all)}
        keys = {"CHOREO_AUTH": "token", "CHOREO_KEYS_DIR": str(place / "keys")}
        for mode in (0o700, 0o755):  # the directory is hidden, then the file
            (place / "keys").chmod(mode)
            status, sentence = refusal(program, place, SOMEBODY, **theirs, **keys)
            assert status == 2 and sentence.endswith("Permission denied; the keys must belong to the user of the processes")


@pytest.mark.parametrize(
    "program, settings, said",
    [
        ("choreo-fcgi", {"CHOREO_FCGI_SOCKET": LONG}, "allowed: a path of at most 107 bytes"),
        ("choreo-streamer", {"CHOREO_STREAMER_LISTEN": f"unix:{LONG}"}, "allowed: unix:PATH of at most 107 bytes, or HOST:PORT"),
        ("choreo-broker", {"CHOREO_RUN_DIR": LONG}, "allowed: a path of at most 90 bytes"),
        ("choreo-fcgi", {"CHOREO_AUTH": "None"}, "allowed: none, token"),
        ("choreo-dispatcher", {"CHOREO_WEBHOOK_CA_FILE": "/nonexistent"}, "a PEM file of certificates that can be read"),
        ("choreo-dispatcher", {"CHOREO_WEBHOOK_CA_FILE": "/etc"}, "a PEM file of certificates that can be read"),
        ("choreo-dispatcher", {"CHOREO_WEBHOOK_CA_FILE": __file__}, "a PEM file of certificates that can be read"),
    ],
)
def test_values_that_cannot_be(program, settings, said, place):
    status, sentence = refusal(program, place, **settings)
    assert status == 2 and sentence.endswith(said), sentence


def test_a_port_that_is_taken(place):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        status, sentence = refusal("choreo-streamer", place, CHOREO_STREAMER_LISTEN=address)
    assert status == 1 and sentence == f"Cannot listen on {address}: bind: Address already in use."


def test_a_file_where_a_socket_should_be_stays(place):
    for program, setting, prefix in (
        ("choreo-fcgi", "CHOREO_FCGI_SOCKET", ""),
        ("choreo-streamer", "CHOREO_STREAMER_LISTEN", "unix:"),
    ):
        file = place / f"{program}.db"
        file.write_text("somebody's data")
        status, sentence = refusal(program, place, **{setting: f"{prefix}{file}"})
        assert status == 1 and f"Cannot listen on unix:{file}" in sentence
        assert file.read_text() == "somebody's data"


def test_data_of_a_newer_version(place):
    """The dispatcher has nothing to do without it; a worker serves the logs, and says in /health what is wrong."""
    make_keys(place / "keys")
    (place / "data" / ".control").mkdir(parents=True)
    with sqlite3.connect(place / "data" / ".control" / "control.db") as newer:
        newer.execute("PRAGMA user_version=99")
    newer.close()
    for program, settings in (
        ("choreo-dispatcher", {}),
        *((name, {"CHOREO_AUTH": "token", "CHOREO_KEYS_DIR": str(place / "keys")}) for name in LISTENING),
    ):
        status, sentence = refusal(program, place, **settings)
        assert status == 2 and "control.db' was written by a newer version of choreo (schema 99" in sentence, sentence
