"""What a killed run leaves behind: nothing where it could still act, otherwise what the next run puts away."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from support.machine import PREFIX, processes, sweep
from support.stack import REPOSITORY, end_with_parent
from support.waiting import wait_until

TESTS = REPOSITORY / "tests"
HOLDER = """\
import sys
sys.path.insert(0, sys.argv[1])
from support.machine import Machine
Machine().start()
sys.stdin.read()
"""


def places():
    return set(Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))


def mounted(place):
    return str(place) in Path("/proc/self/mounts").read_text(encoding="utf-8")


@pytest.fixture
def start(debian):
    """start(*command): a process that makes a machine; it and the machine's directory, once that runs systemd."""
    before, running = places(), []

    def begin(*command, **environment):
        environment = {**os.environ, **environment}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, preexec_fn=end_with_parent)
        running.append(process)
        wait_until(lambda: any(mounted(place) and processes(place) for place in places() - before), "a machine runs", 120)
        [place] = places() - before
        return process, place

    yield begin
    for process in running:
        process.kill()
        process.wait()
        process.stdin.close()
    sweep()


def test_the_machine_of_a_run_that_was_killed_goes_with_the_next_one(start):
    process, place = start(sys.executable, "-c", HOLDER, TESTS)
    sweep()
    assert mounted(place) and processes(place), "a machine that is in use stays"
    process.kill()
    process.wait()
    # A child that had not begun its own program when its parent was killed holds the lock a moment longer.
    wait_until(lambda: sweep() or not place.exists(), "it is put away")
    assert not mounted(place) and not processes(place)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_told_to_end_puts_its_machine_away(start, package, number):
    command = [sys.executable, "-m", "pytest", TESTS / "site" / "test_site_faults.py", "--site", "-q"]
    process, place = start(*command, CHOREO_PACKAGE=str(package))
    process.send_signal(number)
    assert process.wait(60) == pytest.ExitCode.INTERRUPTED
    assert not place.exists() and not mounted(place) and not processes(place)
