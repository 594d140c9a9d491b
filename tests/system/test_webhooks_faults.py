"""The dispatcher killed, stopped, and its ground changed under it: nothing is lost, repetitions keep their webhook-id."""

import json
import os
import subprocess
import threading

from support.receiver import HANG, Receiver, answer
from support.stack import Stack, build_dir
from support.waiting import wait_until

SETTINGS = {"CHOREO_WEBHOOK_RETRY_SECS": "0.2,0.5,1,1,1,1,1,1", "CHOREO_WEBHOOK_TIMEOUT_SECS": "5"}


def register(client, slug, url, **more):
    return client.ok(client.post(f"/{slug}/webhooks", {"url": url, **more}))["added"]


def hooks(client, slug):
    return client.ok(client.get(f"/{slug}/webhooks"))["webhooks"]


def append_many(client, slug, count):
    operations = [{"op": "INS", "target": {"id": f"e{n}"}, "context": {"table": "t"}} for n in range(count)]
    client.ok(client.post(f"/instances/{slug}/seed", {"operations": operations}))


def settled(client, slug):
    wait_until(lambda: all(hook["lag"] == 0 for hook in hooks(client, slug)), "all cursors are at the head")


def check_repetitions(deliveries):
    """A repeated operation has the same id and body each time; different ones have different ids."""
    ids = {}
    for delivery in deliveries:
        ids.setdefault(delivery.json["op_id"], set()).add((delivery.headers["webhook-id"], delivery.body))
    assert all(len(variants) == 1 for variants in ids.values())
    assert len({next(iter(variants))[0] for variants in ids.values()}) == len(ids)


def test_killed_while_deliveries_are_on_their_way(stack, client, instance, receiver):
    register(client, instance, receiver.url())
    receiver.behaviour = lambda n, delivery: HANG if n <= 4 else 200
    append_many(client, instance, 100)
    receiver.wait_count(4)
    pid = stack.kill("dispatcher")
    stack.wait_replaced("dispatcher", pid)
    deliveries = receiver.wait_op_ids(range(1, 101), seconds=30)
    check_repetitions(deliveries)
    settled(client, instance)


def test_killed_again_and_again_under_load(stack, client, instance):
    with Receiver() as good, Receiver(lambda n, delivery: 500 if n % 3 == 0 else 200) as flaky:
        register(client, instance, good.url())
        register(client, instance, flaky.url())
        for round_number in range(1, 5):
            append_many(client, instance, 250)
            good.wait_count(round_number * 200)
            pid = stack.kill("dispatcher")
            stack.wait_replaced("dispatcher", pid)
        everything = range(1, 1001)
        check_repetitions(good.wait_op_ids(everything, seconds=60))
        check_repetitions(flaky.wait_op_ids(everything, seconds=60))
        settled(client, instance)
        # Only what was on its way at a kill, or not yet stored then, was sent again.
        assert len(good.op_ids()) < 1000 + 4 * 50


def test_stopping_lets_deliveries_end(client, instance):
    stack = Stack(**SETTINGS).start()
    own = stack.client()
    own.create("one")
    with Receiver() as receiver:
        release = threading.Event()

        def slowly(n, delivery):
            release.wait(1.0)
            return 200

        receiver.behaviour = slowly
        register(own, "one", receiver.url())
        own.insert("one", "a")
        receiver.wait_count(1)
        own.close()
        stack.restart()
        own = stack.client()
        wait_until(lambda: hooks(own, "one")[0]["cursor"] == 1, "the outcome was stored before the stop")
        own.insert("one", "b")
        receiver.wait_op_ids([2])
        assert receiver.op_ids() == [1, 2]
    own.close()
    stack.stop()


def test_what_happened_while_it_was_down_is_delivered(stack, client, instance, receiver):
    register(client, instance, receiver.url())
    client.insert(instance, "a")
    receiver.wait_op_ids([1])
    pid = stack.kill("dispatcher")
    for n in range(20):
        client.insert(instance, f"later{n}")
    stack.wait_replaced("dispatcher", pid)
    receiver.wait_op_ids(range(1, 22))


def test_retry_after_outlives_the_dispatcher(stack, client, instance, receiver):
    receiver.behaviour = answer(429, {"Retry-After": "3600"})
    hook = register(client, instance, receiver.url())["id"]
    client.insert(instance, "a")
    receiver.wait_op_ids([1])
    state = lambda: client.ok(client.get(f"/{instance}/webhooks/{hook}"))
    wait_until(lambda: state()["last_error"], "the answer is stored")
    pid = stack.kill("dispatcher")
    stack.wait_replaced("dispatcher", pid)
    with Receiver() as witness:
        register(client, instance, witness.url())
        for op_id in range(2, 6):
            client.insert(instance, f"e{op_id}")
            witness.wait_op_ids([op_id])
    assert receiver.op_ids() == [1], "it was asked to wait for an hour"


def test_without_the_broker_it_goes_on(stack, client, instance, receiver):
    register(client, instance, receiver.url())
    stack.kill("broker")
    for n in range(20):
        client.insert(instance, f"e{n}")
    receiver.wait_op_ids(range(1, 21))


def test_a_removed_webhook_gets_nothing_more(client, instance, receiver):
    release = threading.Event()

    def held(n, delivery):
        if delivery.path == "/removed":
            release.wait(10)
        return 200

    receiver.behaviour = held
    with Receiver() as kept:
        register(client, instance, receiver.url("/removed"))
        register(client, instance, kept.url())
        append_many(client, instance, 50)
        receiver.wait_count(1)
        client.ok(client.delete(f"/{instance}/webhooks", {"url": receiver.url("/removed")}))
        kept.wait_op_ids(range(1, 51))
        client.insert(instance, "more")
        kept.wait_op_ids([51])
        release.set()
        client.insert(instance, "again")
        kept.wait_op_ids([52])
    assert len(receiver.op_ids("/removed")) <= 4
    assert [hook["url"] for hook in hooks(client, instance)] == [kept.url()]


def test_an_inactive_webhook_waits_and_catches_up(client, instance, receiver):
    register(client, instance, receiver.url())
    client.insert(instance, "a")
    receiver.wait_op_ids([1])
    settled(client, instance)
    with Receiver() as witness:
        register(client, instance, witness.url())
        assert register(client, instance, receiver.url(), active=False)["active"] is False
        append_many(client, instance, 10)
        witness.wait_op_ids(range(2, 12))
        client.insert(instance, "b")
        witness.wait_op_ids([12])
    seen = len(receiver.op_ids())
    register(client, instance, receiver.url(), active=True)
    receiver.wait_op_ids(range(2, 13))
    assert seen == 1


def test_a_changed_filter_holds_from_then_on(client, instance, receiver):
    register(client, instance, receiver.url(), filter=["INS"])
    client.insert(instance, "a")
    receiver.wait_op_ids([1])
    register(client, instance, receiver.url(), filter=["ALT"])

    def sent():
        client.append(instance, "ALT", {"id": "a", "x": 1})
        return any(d.json["op"] == "ALT" for d in receiver.deliveries)

    wait_until(sent, "the new filter is at work")
    before = receiver.op_ids()
    inserted = client.insert(instance, "b")["op_id"]
    changed = client.append(instance, "ALT", {"id": "a", "x": 2})["op_id"]
    receiver.wait_op_ids([changed])
    assert inserted not in receiver.op_ids() and 1 in before


def test_a_remade_instance_inherits_nothing(client, instance, receiver):
    receiver.behaviour = answer(500)
    register(client, instance, receiver.url())
    client.insert(instance, "old")
    receiver.wait_count(1)
    assert client.delete(f"/instances/{instance}").status == 200
    client.create(instance)
    receiver.behaviour = answer(200)
    with Receiver() as fresh:
        register(client, instance, fresh.url())
        client.insert(instance, "new")
        assert fresh.wait_count(1)[0].json["target"]["id"] == "new"
        assert [hook["url"] for hook in hooks(client, instance)] == [fresh.url()]
    assert all(d.json["target"]["id"] == "old" for d in receiver.deliveries)


def test_a_second_dispatcher_refuses_to_start(stack):
    done = subprocess.run(
        [build_dir() / "bin" / "choreo-dispatcher", "--dir", stack.dir, "--run-dir", stack.run_dir],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    assert "another dispatcher runs on this data directory" in done.stderr


def test_bad_settings_are_refused_by_name(tmp_path):
    for name, value in {
        "CHOREO_WEBHOOK_RETRY_SECS": "soon",
        "CHOREO_WEBHOOK_ALLOW": "localhost",
        "CHOREO_WEBHOOK_CA_FILE": str(tmp_path / "none.pem"),
        "CHOREO_WEBHOOK_MAX_IN_FLIGHT": "0",
        "CHOREO_WEBHOOK_TIMEOUT_SECS": "ten",
    }.items():
        done = subprocess.run(
            [build_dir() / "bin" / "choreo-dispatcher", "--dir", tmp_path / "data"],
            env={**os.environ, name: value},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert done.returncode == 2
        assert name in done.stderr and value in done.stderr


def test_webhooks_of_the_earlier_system_are_taken_over_once():
    with Receiver() as receiver:
        stack = Stack(**SETTINGS)
        stack.start()
        client = stack.client()
        client.create("old")
        client.insert("old", "before")
        client.close()
        entries = [{"url": receiver.url(), "filter": ["INS"], "active": True}, {"url": receiver.url("/off"), "active": False}]
        legacy = {"old": entries, "unknown": [{"url": receiver.url("/unknown")}]}
        (stack.dir / "webhooks.json").write_text(json.dumps(legacy), encoding="utf-8")
        stack.restart()
        client = stack.client()
        taken = wait_until(lambda: hooks(client, "old"), "the registrations were imported")
        assert {hook["url"]: hook["active"] for hook in taken} == {receiver.url(): True, receiver.url("/off"): False}
        client.insert("old", "after")
        receiver.wait_count(1)
        assert receiver.op_ids() == [2]
        client.ok(client.delete("/old/webhooks", {"url": receiver.url()}))
        client.close()
        stack.restart()
        client = stack.client()
        client.insert("old", "later")
        assert [hook["url"] for hook in hooks(client, "old")] == [receiver.url("/off")]
        client.close()
        stack.stop()
