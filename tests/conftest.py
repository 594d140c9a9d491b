"""Options, reports and fixtures that the Python tests share. A module's tests share one stack and keep apart by using
instances of their own."""

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.ctl import Ctl
from support.receiver import Receiver
from support.stack import Stack, end_with_parent


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="also run the tests that take minutes each")
    parser.addoption("--site", action="store_true", help="also run tests/site: systems and containers made for the test")
    parser.addoption("--busy", action="store_true", help="with processes beside them that leave no core idle")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--site"):
        for item in items:
            if Path(item.fspath).parent.name == "site":
                item.add_marker(pytest.mark.skip(reason="makes whole systems; scripts/test --site runs it"))
    if config.getoption("--long"):
        return
    for item in items:
        if "long" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="takes minutes; scripts/test --long runs it"))


@pytest.fixture(scope="session", autouse=True)
def competitors(request):
    """--busy: two for each core, at a lower priority, as a build beside the server would be."""
    first = os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0"
    count = 2 * os.cpu_count() if first and request.config.getoption("--busy") else 0
    command = ["nice", sys.executable, "-c", "while True: pass"]
    running = [subprocess.Popen(command, preexec_fn=end_with_parent) for _ in range(count)]
    yield
    for process in running:
        process.kill()
        process.wait()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What the processes wrote last stands beside a failure: their files are gone afterwards."""
    outcome = yield
    report = outcome.get_result()
    stack = getattr(item, "funcargs", {}).get("stack")
    if report.failed and call.when == "call" and stack is not None:
        report.sections.append(("logs of the stack", stack.logs()))


@pytest.fixture(scope="module")
def stack(request):
    """The module's stack. A module sets `SETTINGS = {"CHOREO_…": "…"}` where it needs other than the defaults."""
    running = Stack(**getattr(request.module, "SETTINGS", {})).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def choreoctl(stack):
    return Ctl(stack)


@pytest.fixture
def client(stack):
    connected = stack.client()
    yield connected
    connected.close()


numbers = itertools.count(1)


@pytest.fixture
def slug(request):
    """A name no other test of this stack uses; the instance is not made yet."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.originalname.lower().removeprefix("test_"))
    return f"{name[:40].strip('-')}-{next(numbers)}"


@pytest.fixture
def instance(client, slug):
    """A new, empty instance."""
    client.create(slug)
    return slug


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running
