"""The dispatcher killed at every step of a delivery. The step is reached from the receiver's side, so it is that step each time.
Nothing is lost; only what was on its way, or was not stored yet, comes again, with the same webhook-id."""

import os
import signal
import socket
import threading
from collections import Counter
from pathlib import Path

import pytest

from support.raw_receiver import OK, RawReceiver, accept, http
from support.stack import Stack
from support.waiting import wait_until
from support.webhooks import STORED_TOGETHER, append_many, check_repetitions, control_locked, hook, register, settled

SETTINGS = {"CHOREO_WEBHOOK_RETRY_SECS": "0.2,0.5,1,1,1,1", "CHOREO_WEBHOOK_TIMEOUT_SECS": "20"}
IN_FLIGHT = 4  # the default of CHOREO_WEBHOOK_MAX_IN_FLIGHT
OPERATIONS = 30
EVERYTHING = range(1, OPERATIONS + 1)
SYN_SENT, ESTABLISHED = "02", "01"


@pytest.fixture
def stack():
    """One for each test: the supervisor waits longer and longer before it starts what ends again and again."""
    running = Stack(**SETTINGS).start()
    yield running
    running.stop()


def connections(port, state):
    """Queued bytes, by the kernel's table, of each client's connection to the port that is in that state."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    return [int(row[4].split(":")[1], 16) for row in fields if row[2].endswith(f":{port:04X}") and row[3] == state]


class Steps:
    """A receiver that holds what it got at a step, until it is killed and let go."""

    def __init__(self, before=b"", after=OK):
        self.before, self.after = before, after
        self.released = threading.Event()
        self.held = []

    def __call__(self, call):
        if self.released.is_set():
            return accept(call)
        self.held.append(call)
        call.send(self.before)
        call.hold_until_closed()


def wait_stored(client, instance, receiver):
    """It has everything, and the dispatcher has noted so."""
    receiver.wait_op_ids(EVERYTHING)
    wait_until(lambda: hook(client, instance, receiver.url())["lag"] == 0, "its outcomes are stored")


def hold_deliveries(client, instance, held, receiver):
    """One webhook's first deliveries are held at a step, those of the other are all stored."""
    register(client, instance, held.url())
    register(client, instance, receiver.url())
    append_many(client, instance, OPERATIONS)
    held.wait_count(IN_FLIGHT)
    wait_stored(client, instance, receiver)


def kill_and_check(stack, client, instance, steps, receiver, witness, again):
    """again: how many operations come a second time."""
    pid = stack.kill("dispatcher")
    steps.released.set()
    stack.wait_replaced("dispatcher", pid)
    receiver.wait_accepted(EVERYTHING)
    witness.wait_op_ids(EVERYTHING)
    settled(client, instance)
    check_repetitions(receiver.deliveries)
    check_repetitions(witness.deliveries)
    twice = [op_id for op_id, count in Counter(receiver.op_ids()).items() if count > 1]
    assert len(twice) == again, f"{twice} came again, {again} were on their way"
    assert max(Counter(receiver.op_ids()).values()) <= 2
    assert sorted(witness.op_ids()) == list(EVERYTHING), "what was stored does not come again"


def test_before_the_connection_is_there(stack, client, instance, receiver):
    """Its SYN is not answered: the listener's queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        port = listener.getsockname()[1]
        register(client, instance, f"http://127.0.0.1:{port}/hook")
        register(client, instance, receiver.url())
        fillers = []
        while not connections(port, SYN_SENT):
            fillers.append(socket.socket())
            fillers[-1].setblocking(False)
            fillers[-1].connect_ex(("127.0.0.1", port))
        waiting = len(connections(port, SYN_SENT))
        append_many(client, instance, OPERATIONS)
        wait_until(lambda: len(connections(port, SYN_SENT)) >= waiting + IN_FLIGHT, "it connects")
        pid = stack.kill("dispatcher")
        for filler in fillers:
            filler.close()
    with RawReceiver(port=port) as late:
        stack.wait_replaced("dispatcher", pid)
        late.wait_accepted(EVERYTHING)
        receiver.wait_op_ids(EVERYTHING)
        settled(client, instance)
        assert sorted(late.op_ids()) == list(EVERYTHING), "nothing was answered before the kill, so nothing comes twice"


def test_after_the_request_was_sent(stack, client, instance, receiver):
    steps = Steps()
    with RawReceiver(steps) as held:
        hold_deliveries(client, instance, held, receiver)
        kill_and_check(stack, client, instance, steps, held, receiver, again=IN_FLIGHT)


def test_in_the_middle_of_the_answer(stack, client, instance, receiver):
    steps = Steps(before=http("200 OK", b"half", length=1000))
    with RawReceiver(steps) as held:
        hold_deliveries(client, instance, held, receiver)
        wait_until(lambda: connections(held.port, ESTABLISHED) == [0] * IN_FLIGHT, "the halves were read")
        kill_and_check(stack, client, instance, steps, held, receiver, again=IN_FLIGHT)


def test_after_the_answer_came_and_before_it_was_read(stack, client, instance, receiver):
    steps = Steps()
    with RawReceiver(steps) as held:
        hold_deliveries(client, instance, held, receiver)
        os.kill(stack.pid("dispatcher"), signal.SIGSTOP)
        for call in steps.held:
            call.send(OK)
        wait_until(lambda: connections(held.port, ESTABLISHED) == [len(OK)] * IN_FLIGHT, "the answers are there")
        kill_and_check(stack, client, instance, steps, held, receiver, again=IN_FLIGHT)


def test_after_the_answer_was_read_and_before_it_was_stored(stack, client, instance, receiver):
    steps = Steps()
    with RawReceiver(steps) as held:
        hold_deliveries(client, instance, held, receiver)
        with control_locked(stack):
            steps.held[0].send(OK)
            wait_until(lambda: not any(connections(held.port, ESTABLISHED)), "the answer was read")
            pid = stack.kill("dispatcher")
        steps.released.set()
        stack.wait_replaced("dispatcher", pid)
        held.wait_accepted(EVERYTHING)
        settled(client, instance)
        check_repetitions(held.deliveries)
        # Until its outcome could not be stored, the next one was sent as well.
        twice = [op_id for op_id, count in Counter(held.op_ids()).items() if count > 1]
        assert IN_FLIGHT <= len(twice) <= IN_FLIGHT + 1
        assert max(Counter(held.op_ids()).values()) == 2
        assert sorted(receiver.op_ids()) == list(EVERYTHING), "what was stored does not come again"


def test_after_it_was_stored(stack, client, instance, receiver):
    with RawReceiver() as quick:
        register(client, instance, quick.url())
        register(client, instance, receiver.url())
        append_many(client, instance, OPERATIONS)
        settled(client, instance)
        stack.wait_replaced("dispatcher", stack.kill("dispatcher"))
        client.insert(instance, "later")
        quick.wait_accepted([OPERATIONS + 1])
        receiver.wait_op_ids([OPERATIONS + 1])
        assert sorted(quick.op_ids()) == sorted(receiver.op_ids()) == list(range(1, OPERATIONS + 2))


def test_while_a_failure_waits_for_its_time(stack, client, instance, receiver):
    """What failed before the kill is tried again after it."""
    with RawReceiver(lambda call: call.send(http("500 Oops"))) as failing:
        register(client, instance, failing.url())
        register(client, instance, receiver.url())
        append_many(client, instance, OPERATIONS)
        receiver.wait_op_ids(EVERYTHING)
        wait_until(lambda: hook(client, instance, failing.url())["consecutive_failures"] >= IN_FLIGHT, "it fails")
        stack.wait_replaced("dispatcher", stack.kill("dispatcher"))
        failing.behaviour = accept
        failing.wait_accepted(EVERYTHING)
        settled(client, instance)
        check_repetitions(failing.deliveries)
        assert sorted(failing.accepted()) == list(EVERYTHING)


@pytest.mark.parametrize("kills", [3, pytest.param(25, marks=pytest.mark.long)])
def test_at_any_moment(stack, client, instance, receiver, kills):
    """As soon as something new arrived, again and again: what was on its way, or not stored yet, comes twice."""
    count = 50 * kills
    with RawReceiver() as other:
        register(client, instance, other.url())
        register(client, instance, receiver.url())
        append_many(client, instance, count)
        for _ in range(kills):
            receiver.wait_count(min(len(receiver.op_ids()) + 25, count))
            stack.wait_replaced("dispatcher", stack.kill("dispatcher"))
        for one in (other, receiver):
            wait_until(lambda one=one: set(one.op_ids()) == set(range(1, count + 1)), "all of it came", 120)
        client.close()  # nginx may have closed it meanwhile; the next request opens another
        settled(client, instance)
        for one in (other, receiver):
            check_repetitions(one.deliveries)
            assert len(one.op_ids()) <= count + kills * (IN_FLIGHT + STORED_TOGETHER)
