"""The wall clock is set while the server runs: times in the log do not go back, and nothing waits for the clock."""

from datetime import datetime, timedelta, timezone

import pytest

from support.fake_clock import FakeClock
from support.promises import check_promises
from support.receiver import Receiver
from support.stack import Stack, sanitized
from support.writers import Writers

DAY = 86400
RETRIES = "0.1,0.2,0.5,1,1,1,1,1,1,1,1,1"


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    if sanitized():
        pytest.skip("a sanitizer's library must be loaded first")
    return FakeClock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def stack(clock):
    running = Stack(CHOREO_WEBHOOK_RETRY_SECS=RETRIES, **clock.environment()).start()
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def right_time(clock):
    clock.set_offset(0)
    yield
    clock.set_offset(0)


def time_of(operation):
    return datetime.fromisoformat(operation["ts"].replace("Z", "+00:00"))


def days_ahead(operation):
    return (time_of(operation) - datetime.now(timezone.utc)) / timedelta(days=1)


def check_times(client, slug, operations):
    """In order; and the state at a time is that of the last operation with it."""
    times = [time_of(operation) for operation in operations]
    assert times == sorted(times)
    steps = [n for n in range(1, len(times)) if times[n] > times[n - 1]]
    for n in [*steps[:3], *steps[-3:]]:
        at = client.ok(client.get(f"/{slug}/state/written?at={operations[n - 1]['ts']}&limit=10000"))
        at_op = client.ok(client.get(f"/{slug}/state/written?at_op={operations[n - 1]['id']}&limit=10000"))
        assert at["entities"] == at_op["entities"] and len(at["entities"]) == n


def test_jumps_under_writers(stack, client, clock, instance):
    with Receiver() as steady, Receiver(lambda n, _: 500 if n % 5 == 0 else 200) as flaky:
        for receiver in (steady, flaky):
            client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url()}))
        with stack.stream(f"/{instance}/stream", resume=True) as stream, Writers(stack, instance) as writers:
            for offset in (0, 3 * DAY, -400 * DAY, 2, 3600 * 24 * 365 * 5, -1, 0):
                clock.set_offset(offset)
                writers.progress(8)
            writers.stop()
            operations = check_promises(stack, instance, writers, [stream], [steady, flaky])
            assert stream.connections == 1
    check_times(client, instance, operations)
    assert abs(days_ahead(operations[0])) < 0.1 and abs(days_ahead(operations[-1]) - 5 * 365) < 1, "it never goes back"


def test_a_clock_that_was_ahead_leaves_nothing_waiting(stack, client, clock, instance):
    """An endpoint that failed while the clock was ahead is tried soon after it was set right, also by a new process."""
    clock.set_offset(3 * DAY)
    stack.kill_and_wait("dispatcher")
    with Receiver(lambda n, _: 500) as receiver:
        client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url()}))
        client.insert(instance, "a")
        receiver.wait_count(6)
        clock.set_offset(0)
        pid = stack.kill("dispatcher")
        before = len(receiver.deliveries)
        receiver.behaviour = lambda n, _: 200
        stack.wait_replaced("dispatcher", pid)
        receiver.wait_count(before + 1)
        client.insert(instance, "b")
        receiver.wait_op_ids([1, 2])


@pytest.mark.parametrize("offset", [30 * DAY, -30 * DAY])
def test_processes_that_start_in_another_time(stack, client, clock, instance, offset):
    with stack.stream(f"/{instance}/stream", resume=True) as stream, Writers(stack, instance, keyed=2, plain=2) as writers:
        writers.progress(8)
        clock.set_offset(offset)
        for name in ("fcgi-1", "fcgi-2", "broker", "streamer", "dispatcher"):
            stack.wait_replaced(name, stack.kill(name))
        writers.progress(8)
        writers.stop()
        operations = check_promises(stack, instance, writers, [stream])
    check_times(client, instance, operations)
    assert days_ahead(operations[-1]) > -1
