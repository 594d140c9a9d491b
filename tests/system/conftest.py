"""Fixtures of the system tests. A module's tests share one stack and keep apart by using instances of their own."""

import itertools
import re

import pytest

from support.receiver import Receiver
from support.stack import Stack


@pytest.fixture(scope="module")
def stack(request):
    """The module's stack. A module sets `SETTINGS = {"CHOREO_…": "…"}` where it needs other than the defaults."""
    running = Stack(**getattr(request.module, "SETTINGS", {})).start()
    yield running
    running.stop()


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
