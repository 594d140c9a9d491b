"""The dispatcher killed while it does what workers asked for: replays go on, tests do not come back."""

import threading

import pytest

from support.receiver import HANG
from support.webhooks import append_many, check_repetitions, do, register, wait_state

SETTINGS = {"CHOREO_WEBHOOK_RETRY_SECS": "0.2,0.5,1,1,1,1", "CHOREO_WEBHOOK_TIMEOUT_SECS": "20"}
OPERATIONS = 600
NOT_YET_STORED = 4 + 64  # what is on its way, and the portion of a replay that it belongs to


@pytest.mark.parametrize("delivery", ["parallel", "ordered"])
def test_a_replay_goes_on(stack, client, instance, receiver, delivery):
    append_many(client, instance, OPERATIONS)
    hook = register(client, instance, receiver.url(), delivery=delivery)["id"]
    do(client, instance, hook, "replay", {"from": 1})
    for reached in (100, 350):
        receiver.wait_count(reached)
        stack.kill_and_wait("dispatcher")
    deliveries = receiver.wait_op_ids(range(1, OPERATIONS + 1), seconds=40)
    wait_state(client, instance, hook, lambda h: h["replays"] == 0 and h["retrying"] == 0, "the replay is done")
    assert len(receiver.op_ids()) <= OPERATIONS + 2 * NOT_YET_STORED
    check_repetitions(deliveries)


def test_a_test_that_was_on_its_way_is_over(stack, client, instance, receiver):
    receiver.behaviour = lambda n, delivery: HANG if "ping" in delivery.json else 200
    hook = register(client, instance, receiver.url())["id"]
    answers = []

    def ask():
        patient = stack.client(timeout=60)
        answers.append(patient.post(f"/{instance}/webhooks/{hook}/test", {}))
        patient.close()

    asking = threading.Thread(target=ask)
    asking.start()
    receiver.wait_count(1)
    stack.kill_and_wait("dispatcher")
    client.insert(instance, "a")
    receiver.wait(lambda ds: any(d.json.get("op_id") == 1 for d in ds), "the log goes on")
    asking.join(60)
    assert answers[0].status == 503 and answers[0].json["code"] == "test_unfinished"
    assert sum("ping" in d.json for d in receiver.deliveries) == 1
