"""An endpoint that was down and is back: whoever says so need not wait for the next probe, nor for what it once asked for."""

import pytest

from support.receiver import answer
from support.webhooks import append_many, do, register, settled, wait_state

SETTINGS = {"CHOREO_WEBHOOK_RETRY_SECS": "1,3600,3600,3600", "CHOREO_WEBHOOK_PROBE_SECS": "3600"}


def say_test(client, slug, hook):
    assert do(client, slug, hook["id"], "test")["attempt"]["result"] == "delivered"


def say_enable(client, slug, hook):
    do(client, slug, hook["id"], "enable")


def say_active(client, slug, hook):
    client.ok(client.patch(f"/{slug}/webhooks/{hook['id']}", {"active": True}))


def say_pause_and_active(client, slug, hook):
    client.ok(client.patch(f"/{slug}/webhooks/{hook['id']}", {"active": False}))
    say_active(client, slug, hook)


def say_again(client, slug, hook):
    register(client, slug, hook["url"], delivery=hook["delivery"])


SAYINGS = [say_test, say_enable, say_active, say_pause_and_active, say_again]


@pytest.mark.parametrize("say", SAYINGS)
@pytest.mark.parametrize("delivery", ["parallel", "ordered"])
def test_faults_b13_what_waits_is_due_at_once(client, instance, receiver, say, delivery):
    receiver.behaviour = answer(500)
    hook = register(client, instance, receiver.url(), delivery=delivery)
    append_many(client, instance, 12)
    wait_state(client, instance, hook["id"], lambda h: h["consecutive_failures"] >= 2 and h["in_flight"] == 0 and h["next_attempt"],
               "it fails and waits")
    receiver.behaviour = answer(200)
    before = len(receiver.deliveries)
    say(client, instance, hook)
    receiver.wait(lambda ds: {d.json.get("op_id") for d in ds[before:]} >= set(range(1, 13)), "all of them arrive")
    settled(client, instance)


@pytest.mark.parametrize("say", SAYINGS)
def test_faults_b13_a_pause_that_was_asked_for_is_over(client, instance, receiver, say):
    receiver.behaviour = answer(503, {"Retry-After": "7200"})
    hook = register(client, instance, receiver.url())
    append_many(client, instance, 3)
    wait_state(client, instance, hook["id"], lambda h: h["consecutive_failures"] >= 1 and h["in_flight"] == 0, "it waits")
    receiver.behaviour = answer(200)
    before = len(receiver.deliveries)
    say(client, instance, hook)
    receiver.wait(lambda ds: {d.json.get("op_id") for d in ds[before:]} >= {1, 2, 3}, "all of them arrive")


def test_faults_b13_a_test_that_fails_changes_nothing(client, instance, receiver):
    receiver.behaviour = answer(500)
    hook = register(client, instance, receiver.url())
    append_many(client, instance, 3)
    wait_state(client, instance, hook["id"], lambda h: h["consecutive_failures"] >= 6 and h["in_flight"] == 0, "each failed twice")
    before = len(receiver.deliveries)
    assert do(client, instance, hook["id"], "test")["attempt"]["result"] == "failed"
    assert len(receiver.deliveries) == before + 1, "the test alone"


def test_faults_b13_a_dead_endpoint_is_not_tried_without_pause(client, instance, receiver):
    receiver.behaviour = answer(500)
    hook = register(client, instance, receiver.url())
    append_many(client, instance, 6)
    wait_state(client, instance, hook["id"], lambda h: h["consecutive_failures"] >= 8 and h["in_flight"] == 0, "four failed twice")
    before = len(receiver.deliveries)
    do(client, instance, hook["id"], "enable")
    receiver.wait_count(before + 3)
    times = [delivery.at for delivery in receiver.deliveries[before:]]
    assert all(later - earlier > 0.9 for earlier, later in zip(times, times[1:])), times
