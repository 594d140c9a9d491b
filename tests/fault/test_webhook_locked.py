"""Another program that holds the write lock of the control database for longer than a delivery may take."""

import threading
from collections import Counter

from support.raw_receiver import Held, RawReceiver
from support.waiting import wait_until
from support.webhooks import append_many, control_locked, hook, register, settled

SETTINGS = {"CHOREO_WEBHOOK_RETRY_SECS": "0.2,0.5,1,1,1,1", "CHOREO_WEBHOOK_TIMEOUT_SECS": "3"}
IN_FLIGHT = 4
OPERATIONS = 30
LOCKED_SECONDS = 4
WAITS = "outcomes cannot be stored; nothing is sent until they are"


def test_answers_are_taken_meanwhile(stack, client, instance, receiver):
    """They do not run out of time while the first outcome waits to be stored: nothing comes twice."""
    held = Held()
    held.one = threading.Event()
    with RawReceiver(held) as target:
        register(client, instance, receiver.url())
        register(client, instance, target.url())
        append_many(client, instance, OPERATIONS)
        target.wait_count(IN_FLIGHT)
        wait_until(lambda: hook(client, instance, receiver.url())["lag"] == 0, "the other's outcomes are stored")
        with control_locked(stack):
            held.one.set()
            wait_until(lambda: any(line["msg"] == WAITS for line in stack.process_log("dispatcher")), "it says that it waits")
            held.released.set()
            threading.Event().wait(LOCKED_SECONDS)
            sent = len(target.calls)
            assert sent <= IN_FLIGHT + 1, "it sent although it could not store"
        target.wait_accepted(range(1, OPERATIONS + 1))
        settled(client, instance)
        assert Counter(target.op_ids()) == Counter(range(1, OPERATIONS + 1)), "something came twice"
        assert Counter(receiver.op_ids()) == Counter(range(1, OPERATIONS + 1))
