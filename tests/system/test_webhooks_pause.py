"""A webhook that is paused or disabled while deliveries are on their way: their outcomes count, so that nothing comes twice."""

import threading
from collections import Counter

import pytest

from support.webhooks import append_many, do, register, settled, wait_state

SETTINGS = {"CHOREO_WEBHOOK_RETRY_SECS": "0.2,0.5,1,1,1,1"}


@pytest.fixture
def held(receiver):
    """Answers wait for it."""
    release = threading.Event()

    def answer(n, delivery):
        release.wait(8)
        return 200

    receiver.behaviour = answer
    yield release
    release.set()


def pause(client, slug, hook):
    client.ok(client.patch(f"/{slug}/webhooks/{hook}", {"active": False}))


def check_each_once(client, instance, receiver, hook, count):
    """Also what comes later."""
    client.insert(instance, "later")
    receiver.wait_op_ids(range(1, count + 2))
    settled(client, instance)
    state = wait_state(client, instance, hook, lambda state: state["counts"]["delivered"] == count + 1, "all are delivered")
    assert Counter(receiver.op_ids()) == Counter(range(1, count + 2)) and state["counts"]["attempts"] == count + 1


def test_what_ends_during_the_pause_is_not_sent_again(client, instance, receiver, held):
    hook = register(client, instance, receiver.url())["id"]
    append_many(client, instance, 3)
    receiver.wait_count(3)
    pause(client, instance, hook)
    held.set()
    rested = wait_state(client, instance, hook, lambda state: state["counts"]["delivered"] == 3, "the answers count")
    assert (rested["state"], rested["cursor"], rested["in_flight"]) == ("paused", 3, 0)
    do(client, instance, hook, "enable")
    check_each_once(client, instance, receiver, hook, 3)


@pytest.mark.parametrize("delivery", ["parallel", "ordered"])
def test_what_ends_after_the_pause_is_not_sent_again(client, instance, receiver, held, delivery):
    hook = register(client, instance, receiver.url(), delivery=delivery)["id"]
    append_many(client, instance, 3)
    receiver.wait_count(3 if delivery == "parallel" else 1)
    pause(client, instance, hook)
    do(client, instance, hook, "enable")
    pause(client, instance, hook)
    do(client, instance, hook, "enable")
    held.set()
    check_each_once(client, instance, receiver, hook, 3)


def test_what_is_on_its_way_when_another_answer_is_410_is_not_sent_again(client, instance, receiver):
    release, gone = threading.Event(), threading.Event()

    def answer(n, delivery):
        if delivery.json["op_id"] == 3 and not gone.is_set():
            gone.set()
            return 410
        release.wait(8)
        return 200

    receiver.behaviour = answer
    hook = register(client, instance, receiver.url())["id"]
    append_many(client, instance, 3)
    wait_state(client, instance, hook, lambda state: state["state"] == "disabled", "it is disabled")
    do(client, instance, hook, "enable")
    release.set()
    receiver.wait_count(4)
    settled(client, instance)
    assert Counter(receiver.op_ids()) == Counter([1, 2, 3, 3])
    assert client.ok(client.get(f"/{instance}/webhooks/{hook}"))["state"] == "active"


def test_what_is_removed_during_the_pause_is_gone(client, instance, receiver, held):
    hook = register(client, instance, receiver.url())["id"]
    append_many(client, instance, 3)
    receiver.wait_count(3)
    pause(client, instance, hook)
    client.ok(client.delete(f"/{instance}/webhooks/{hook}"))
    again = register(client, instance, receiver.url())["id"]
    held.set()
    client.insert(instance, "later")
    receiver.wait_op_ids([4])
    settled(client, instance)
    state = wait_state(client, instance, again, lambda state: state["counts"]["delivered"] == 1, "it is delivered")
    assert Counter(receiver.op_ids()) == Counter([1, 2, 3, 4]) and state["cursor"] == 4
