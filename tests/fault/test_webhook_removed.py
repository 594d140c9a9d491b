"""A webhook, or its instance, deleted while deliveries are on their way, and made again under the same name: late answers change
nothing that is new, nothing old is delivered to the new one, and other webhooks go on."""

import os
from contextlib import suppress
from pathlib import Path

from support.raw_receiver import Held, RawReceiver
from support.waiting import wait_until
from support.webhooks import append_many, check_repetitions, hook, hooks, register, settled

SETTINGS = {"CHOREO_WEBHOOK_RETRY_SECS": "0.2,0.5,1,1,1,1,1,1", "CHOREO_WEBHOOK_TIMEOUT_SECS": "10"}
IN_FLIGHT = 4
OPERATIONS = 50
EVERYTHING = range(1, OPERATIONS + 1)


def remove_webhook(client, slug, url):
    client.ok(client.delete(f"/{slug}/webhooks", {"url": url}))


def remove_instance(client, slug):
    assert client.delete(f"/instances/{slug}").status == 200


def deleted_files(pid):
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.append(os.readlink(link))
    return [target for target in found if target.endswith(" (deleted)")]


def test_a_webhook_registered_anew_has_nothing_of_the_one_before(client, instance, receiver):
    """Its late answers do not count for the new one; it starts at the head as any other."""
    held = Held()
    with RawReceiver(held) as target:
        first = register(client, instance, target.url())
        register(client, instance, receiver.url())
        append_many(client, instance, OPERATIONS)
        target.wait_count(IN_FLIGHT)
        receiver.wait_op_ids(EVERYTHING)
        remove_webhook(client, instance, target.url())
        second = register(client, instance, target.url())
        assert second["id"] != first["id"] and second["secret"] != first["secret"]
        assert second["cursor"] == OPERATIONS
        append_many(client, instance, OPERATIONS)
        receiver.wait_op_ids(range(1, 2 * OPERATIONS + 1))
        target.wait_count(2 * IN_FLIGHT)
        assert hook(client, instance, target.url())["cursor"] == OPERATIONS, "none of its own was answered"
        held.released.set()
        target.wait_accepted(range(OPERATIONS + 1, 2 * OPERATIONS + 1))
        settled(client, instance)
        old = [delivery for delivery in target.deliveries if delivery.json["op_id"] <= OPERATIONS]
        new = [delivery for delivery in target.deliveries if delivery.json["op_id"] > OPERATIONS]
        assert len(old) <= IN_FLIGHT and len(new) == OPERATIONS
        check_repetitions(target.deliveries)
        state = hook(client, instance, target.url())
        assert (state["cursor"], state["consecutive_failures"], state["dead"]) == (2 * OPERATIONS, 0, 0)


def test_an_instance_made_again_has_nothing_of_the_one_before(client, instance, receiver):
    """Registered there before its operations: it gets each of the new ones, and none of the old ones again."""
    held = Held()
    bystander = f"{instance}-other"
    client.create(bystander)
    register(client, bystander, receiver.url())
    with RawReceiver(held) as target:
        register(client, instance, target.url())
        append_many(client, instance, OPERATIONS, made="before")
        target.wait_count(IN_FLIGHT)
        remove_instance(client, instance)
        client.create(instance)
        assert hooks(client, instance) == []
        added = register(client, instance, target.url())
        assert added["cursor"] == 0
        append_many(client, instance, OPERATIONS, made="after")
        append_many(client, bystander, OPERATIONS)
        receiver.wait_op_ids(EVERYTHING)
        target.wait_count(2 * IN_FLIGHT)
        assert hook(client, instance, target.url())["cursor"] == 0, "none of its own was answered"
        held.released.set()
        target.wait_accepted(EVERYTHING)
        settled(client, instance)
        before = [delivery for delivery in target.deliveries if delivery.json["target"]["made"] == "before"]
        after = [delivery for delivery in target.deliveries if delivery.json["target"]["made"] == "after"]
        assert len(before) == IN_FLIGHT
        assert sorted(delivery.json["op_id"] for delivery in after) == list(EVERYTHING)
        ids = [{delivery.headers["webhook-id"] for delivery in part} for part in (before, after)]
        assert not ids[0] & ids[1], "another operation must not have the webhook-id of one that was seen"


def test_an_instance_deleted_while_the_dispatcher_is_away(stack, client, instance, receiver):
    """It finds another instance under the name, with a log as long as its webhook's."""
    held = Held()
    with RawReceiver(held) as target:
        register(client, instance, target.url("/old"))
        append_many(client, instance, OPERATIONS, made="before")
        target.wait_count(IN_FLIGHT)
        pid = stack.kill("dispatcher")
        remove_instance(client, instance)
        client.create(instance)
        register(client, instance, receiver.url())
        append_many(client, instance, OPERATIONS, made="after")
        held.released.set()
        stack.wait_replaced("dispatcher", pid)
        deliveries = receiver.wait_op_ids(EVERYTHING)
        settled(client, instance)
        assert {delivery.json["target"]["made"] for delivery in deliveries} == {"after"}
        assert len(target.calls) == IN_FLIGHT
        assert [state["url"] for state in hooks(client, instance)] == [receiver.url()]


def test_again_and_again_under_deliveries(stack, client, instance, receiver):
    """Nothing stays behind in the dispatcher: no file of what is gone, which would keep its place on the disk."""
    witness = f"{instance}-witness"
    client.create(witness)
    register(client, witness, receiver.url())
    client.insert(witness, "first")
    receiver.wait_op_ids([1])
    rounds = 12
    with RawReceiver() as target:
        for round_number in range(rounds):
            register(client, instance, target.url(f"/{round_number}"))
            before = len(target.calls)
            append_many(client, instance, 20, made=f"round {round_number}")
            target.wait_count(before + 1)
            remove_instance(client, instance)
            client.create(instance)
            client.insert(witness, f"w{round_number}")
        for call in target.calls:
            assert call.delivery.json["target"]["made"] == f"round {call.delivery.path[1:]}"
        assert hooks(client, instance) == []
    receiver.wait_op_ids(range(1, rounds + 2))
    settled(client, witness)
    wait_until(lambda: not deleted_files(stack.pid("dispatcher")), "files of deleted instances are closed")
