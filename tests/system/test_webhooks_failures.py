"""Endpoints that fail: what is tried again and when, what is given up, and that nobody else notices."""


import pytest

from support.receiver import HANG, Receiver, answer, fail_first, hang, redirect
from support.waiting import wait_until

SETTINGS = {
    "CHOREO_WEBHOOK_RETRY_SECS": "0.2,0.3,0.5,0.5,0.5,0.5",
    "CHOREO_WEBHOOK_TIMEOUT_SECS": "2",
    "CHOREO_WEBHOOK_PROBE_SECS": "1",
}


def register(client, slug, url, **more):
    return client.ok(client.post(f"/{slug}/webhooks", {"url": url, **more}))["added"]


def state(client, slug, url):
    hooks = client.ok(client.get(f"/{slug}/webhooks"))["webhooks"]
    return next(hook for hook in hooks if hook["url"] == url)


def append_many(client, slug, count):
    operations = [{"op": "INS", "target": {"id": f"e{n}"}, "context": {"table": "t"}} for n in range(count)]
    client.ok(client.post(f"/instances/{slug}/seed", {"operations": operations}))


def closed_url():
    with Receiver() as receiver:
        return receiver.url()


@pytest.mark.parametrize("status", [500, 503, 429, 404, 302, 304])
def test_what_is_no_success_is_tried_again(client, instance, receiver, status):
    receiver.behaviour = fail_first(2, status)
    register(client, instance, receiver.url())
    client.insert(instance, "a")
    deliveries = receiver.wait_count(3)
    assert {d.json["op_id"] for d in deliveries} == {1}
    assert len({d.headers["webhook-id"] for d in deliveries}) == 1
    assert len({d.body for d in deliveries}) == 1
    wait_until(lambda: state(client, instance, receiver.url())["consecutive_failures"] == 0, "it recovered")
    assert len(receiver.op_ids()) == 3


def test_the_failure_is_shown(client, instance, receiver):
    receiver.behaviour = answer(500)
    register(client, instance, receiver.url())
    client.insert(instance, "a")
    failing = wait_until(
        lambda: (hook := state(client, instance, receiver.url()))["consecutive_failures"] and hook, "the failure is shown"
    )
    assert failing["state"] == "failing"
    assert failing["last_error"] == "HTTP 500"
    assert failing["last_success"] is None and failing["last_attempt"]
    assert failing["active"] is True
    assert (failing["retrying"], failing["dead"]) == (1, 0)


def test_redirects_are_failures_and_not_followed(client, instance, receiver):
    with Receiver() as target:
        receiver.behaviour = redirect(target.url())
        register(client, instance, receiver.url())
        client.insert(instance, "a")
        receiver.wait_count(2)
        assert target.deliveries == []
    assert "redirects are not followed" in state(client, instance, receiver.url())["last_error"]


def test_a_refused_connection_is_tried_again(client, instance):
    with Receiver() as first:
        port = first.port
    url = f"http://127.0.0.1:{port}/hook"
    register(client, instance, url)
    client.insert(instance, "a")
    wait_until(lambda: "connect" in (state(client, instance, url)["last_error"] or ""), "the refusal is shown")
    with Receiver(port=port) as back:
        back.wait_op_ids([1])


def test_an_unknown_name_is_tried_again(client, instance):
    url = "http://name.invalid/hook"
    register(client, instance, url)
    client.insert(instance, "a")
    hook = wait_until(lambda: (hook := state(client, instance, url))["consecutive_failures"] >= 2 and hook, "it is tried again")
    assert hook["last_error"]


def test_a_hanging_endpoint_is_timed_out(client, instance, receiver):
    receiver.behaviour = lambda n, delivery: HANG if n == 1 else 200
    register(client, instance, receiver.url())
    client.insert(instance, "a")
    first, second = receiver.wait_count(2)[:2]
    assert second.at - first.at > 1.9
    wait_until(lambda: state(client, instance, receiver.url())["last_success"], "the second attempt counts")


def test_after_the_schedule_it_is_given_up_and_the_rest_goes_on(client, instance, receiver):
    receiver.behaviour = lambda n, delivery: 500 if delivery.json["op_id"] == 2 else 200
    register(client, instance, receiver.url())
    append_many(client, instance, 20)
    receiver.wait(lambda ds: sum(d.json["op_id"] == 2 for d in ds) == 7, "all attempts of the one that fails")
    receiver.wait_op_ids(range(1, 21))
    wait_until(lambda: state(client, instance, receiver.url())["lag"] == 0, "the cursor passes it")
    client.insert(instance, "later")
    receiver.wait_op_ids([21])
    assert receiver.op_ids().count(2) == 7
    hook = state(client, instance, receiver.url())
    assert (hook["retrying"], hook["dead"]) == (0, 1)


def test_410_disables_until_it_is_registered_again(client, instance, receiver):
    receiver.behaviour = answer(410)
    register(client, instance, receiver.url())
    client.insert(instance, "a")
    hook = wait_until(
        lambda: (hook := state(client, instance, receiver.url()))["disabled_reason"] and hook, "it is disabled"
    )
    assert hook["active"] is False and hook["state"] == "disabled"
    assert "410" in hook["disabled_reason"]
    client.insert(instance, "b")
    with Receiver() as witness:  # by then the first would have got it
        register(client, instance, witness.url())
        client.insert(instance, "c")
        witness.wait_op_ids([3])
    assert receiver.op_ids() == [1]
    receiver.behaviour = answer(200)
    register(client, instance, receiver.url())
    receiver.wait_op_ids([1, 2, 3])


def test_retry_after_is_honoured(client, instance, receiver):
    receiver.behaviour = lambda n, delivery: (503, {"Retry-After": "3"}) if n == 1 else 200
    register(client, instance, receiver.url())
    client.insert(instance, "a")
    receiver.wait_count(1)
    wait_until(lambda: state(client, instance, receiver.url())["consecutive_failures"] == 1, "the answer is recorded")
    client.insert(instance, "b")  # waits as well: the endpoint asked for a pause
    first, *others = receiver.wait_op_ids([1, 2])
    assert all(d.at - first.at > 2.9 for d in others)


def test_a_failing_endpoint_gets_probes_and_not_the_backlog(client, instance, receiver):
    receiver.behaviour = answer(500)
    register(client, instance, receiver.url())
    append_many(client, instance, 200)
    wait_until(lambda: state(client, instance, receiver.url())["consecutive_failures"] >= 8, "it was probed several times")
    assert set(receiver.op_ids()) <= {1, 2, 3, 4}
    receiver.behaviour = answer(200)
    receiver.wait_op_ids(range(1, 201), seconds=30)
    wait_until(lambda: state(client, instance, receiver.url())["lag"] == 0, "the cursor is at the head")


def test_a_dead_and_a_hanging_endpoint_delay_nobody(client, instance, receiver):
    with Receiver(hang) as hanging, Receiver(answer(500)) as failing:
        for url in (closed_url(), hanging.url(), failing.url()):
            register(client, instance, url)
        register(client, instance, receiver.url())
        append_many(client, instance, 300)
        receiver.wait_op_ids(range(1, 301))
        assert sorted(receiver.op_ids()) == list(range(1, 301))


def test_one_slow_delivery_does_not_hold_back_those_behind_it(client, instance, receiver):
    receiver.behaviour = lambda n, delivery: HANG if delivery.json["op_id"] == 1 and receiver.op_ids().count(1) == 1 else 200
    register(client, instance, receiver.url())
    append_many(client, instance, 300)
    receiver.wait_op_ids(range(2, 301))
    hook = state(client, instance, receiver.url())
    if not hook["last_success"] or hook["consecutive_failures"] == 0:
        assert hook["cursor"] <= 300
    wait_until(lambda: receiver.op_ids().count(1) == 2, "the slow one is tried again")
    wait_until(lambda: state(client, instance, receiver.url())["lag"] == 0, "the cursor is at the head")
