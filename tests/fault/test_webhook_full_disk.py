"""No room for the control database: outcomes cannot be stored, so nothing new is sent until they can; then all of it goes on, and
nothing comes twice but for a kill meanwhile."""

import threading
from collections import Counter

import pytest

from support.measure import cpu_seconds
from support.raw_receiver import Held, RawReceiver
from support.small_disk import SmallDisk
from support.stack import Stack
from support.waiting import wait_until
from support.webhooks import STORED_TOGETHER, append_many, check_repetitions, hook, register, settled

IN_FLIGHT = 4
OPERATIONS = 200
EVERYTHING = range(1, OPERATIONS + 1)
WAITS = "outcomes cannot be stored; nothing is sent until they are"


@pytest.fixture(scope="module")
def disk():
    with SmallDisk(24) as mounted:
        yield mounted


@pytest.fixture
def stack(disk, tmp_path):
    running = Stack(data_dir=disk.path / tmp_path.name, CHOREO_WEBHOOK_RETRY_SECS="0.2,0.5,1,1,1,1").start()
    yield running
    running.stop()


def fill_in_flight(disk, stack, client, instance, receiver, held):
    register(client, instance, receiver.url())
    append_many(client, instance, OPERATIONS)
    receiver.wait_count(IN_FLIGHT)
    disk.fill()
    held.released.set()
    wait_until(lambda: any(line["msg"] == WAITS for line in stack.process_log("dispatcher")), "it says that it waits")


def test_deliveries_wait_until_there_is_room(disk, stack, client, instance):
    held = Held()
    with RawReceiver(held) as receiver:
        fill_in_flight(disk, stack, client, instance, receiver, held)
        sent = len(receiver.calls)
        assert sent < OPERATIONS
        pid = stack.pid("dispatcher")
        before = cpu_seconds(pid)
        threading.Event().wait(1.5)  # it tries again each second
        assert len(receiver.calls) == sent, "it sent although it could not store"
        assert cpu_seconds(pid) - before < 1, "it spins"
        disk.free()
        receiver.wait_accepted(EVERYTHING)
        settled(client, instance)
        assert Counter(receiver.op_ids()) == Counter(EVERYTHING), "something came twice"


def test_killed_meanwhile_only_what_was_not_stored_comes_again(disk, stack, client, instance):
    held = Held()
    with RawReceiver(held) as receiver:
        fill_in_flight(disk, stack, client, instance, receiver, held)
        stack.wait_replaced("dispatcher", stack.kill("dispatcher"))
        disk.free()
        receiver.wait_accepted(EVERYTHING)
        settled(client, instance)
        check_repetitions(receiver.deliveries)
        twice = [op_id for op_id, count in Counter(receiver.op_ids()).items() if count > 1]
        assert 0 < len(twice) <= IN_FLIGHT + STORED_TOGETHER
        assert max(Counter(receiver.op_ids()).values()) <= 3
        state = hook(client, instance, receiver.url())
        assert (state["dead"], state["cursor"]) == (0, OPERATIONS)
