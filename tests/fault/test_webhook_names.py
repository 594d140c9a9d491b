"""Names that lead to an internal address as well as to one that is open: 127.0.0.1 is the internal one, which comes first when the
system sorts a name's addresses."""

import socket

import pytest

from support.hosts import replace_hosts
from support.receiver import Receiver
from support.stack import Stack
from support.webhooks import append_many, register, settled, wait_hook

OPEN, INTERNAL = "127.0.0.2", "127.0.0.1"
HOSTS = f"""
{INTERNAL} localhost internal.test both.test
{OPEN} both.test
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    hosts = tmp_path_factory.mktemp("names") / "hosts"
    hosts.write_text(HOSTS, encoding="utf-8")
    settings = {"CHOREO_WEBHOOK_ALLOW": OPEN, "CHOREO_WEBHOOK_RETRY_SECS": "0.2,0.5,1,1,1,1,1,1,1"}
    running = Stack(prepare=replace_hosts(hosts), **settings).start()
    yield running
    running.stop()


@pytest.fixture
def receiver():
    with Receiver(host=OPEN) as listening:
        yield listening


@pytest.fixture
def internal(receiver):
    """Listens where the receiver does, on the address that must not be dialled."""
    with socket.create_server((INTERNAL, receiver.port)) as listener:
        listener.setblocking(False)
        yield listener


def was_dialled(listener):
    try:
        listener.accept()[0].close()
        return True
    except BlockingIOError:
        return False


def test_of_two_addresses_the_open_one_is_dialled(client, instance, receiver, internal):
    register(client, instance, f"http://both.test:{receiver.port}/hook")
    append_many(client, instance, 20)
    receiver.wait_op_ids(range(1, 21))
    settled(client, instance)
    assert sorted(receiver.op_ids()) == list(range(1, 21))
    assert not was_dialled(internal)


def test_a_name_with_an_internal_address_only_gets_nothing_and_loses_nothing(client, instance, receiver, internal):
    url = f"http://internal.test:{receiver.port}/hook"
    register(client, instance, url)
    append_many(client, instance, 3)
    state = wait_hook(client, instance, url, lambda state: state["consecutive_failures"] >= 3, "it is refused")
    assert f"the address {INTERNAL} is internal" in state["last_error"] and "CHOREO_WEBHOOK_ALLOW" in state["last_error"]
    assert state["retrying"] == 3 and state["dead"] == 0
    assert receiver.deliveries == [] and not was_dialled(internal)
