"""What scripts/up prints, run as it stands there; and whose the files are that it makes."""

import os
import re
import subprocess

import pytest

from support.access import Guarded
from support.stack import Stack


def run_hints(stack, said):
    section = said.split("Try first:\n")[1].split("\n\n")[0]
    commands = [line.strip() for line in section.splitlines()]
    # The stream has no end: what it sends first is enough.
    script = "\n".join(f"{line} --max-time 3 || [ $? = 28 ]" if "/stream" in line else line for line in commands)
    script = re.sub(r"^curl ", "curl --fail --silent --show-error ", script, flags=re.MULTILINE)
    # In another terminal there is nothing of the settings that the stack was started with.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CHOREO_")}
    return subprocess.run(["bash", "-euc", script], capture_output=True, text=True, env=clean, timeout=60)


def check_private(root):
    files = [path for path in root.rglob("*") if not path.is_symlink() and not path.is_socket()]
    assert any(path.suffix == ".db" for path in files) and any(path.suffix == ".log" for path in files)
    open_to_others = [str(path) for path in files if path.stat().st_mode & 0o077]
    assert not open_to_others


@pytest.fixture
def lax_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_faults_e6_the_commands_that_are_printed_work_with_tokens(lax_umask):
    with Guarded() as guarded:
        done = run_hints(guarded.stack, guarded.stack.said)
        assert done.returncode == 0, done
        assert '"seeded":true' in done.stdout and '"table":"places"' in done.stdout and "event: op" in done.stdout
        check_private(guarded.stack.root)


def test_faults_e6_and_without(lax_umask):
    stack = Stack().start()
    try:
        assert "TOKEN" not in stack.said
        done = run_hints(stack, stack.said)
        assert done.returncode == 0 and "event: op" in done.stdout, done
        check_private(stack.root)
    finally:
        stack.stop()
