"""An endpoint that fails everything for long: a warning first, then it is switched off."""

from support.receiver import answer
from support.webhooks import append_many, do, register, wait_state

SETTINGS = {
    "CHOREO_WEBHOOK_RETRY_SECS": "0.2,0.2,0.2,0.2,1,1,1,1,1,1,1,1,1,1,1,1",
    "CHOREO_WEBHOOK_PROBE_SECS": "1",
    "CHOREO_WEBHOOK_DISABLE_SECS": "5",
}


def lines(stack, message, hook):
    return [line for line in stack.process_log("dispatcher") if line["msg"] == message and line.get("webhook") == hook]


def test_nothing_but_failures_is_warned_of_and_then_disabled(stack, client, instance, receiver):
    receiver.behaviour = answer(500)
    hook = register(client, instance, receiver.url())["id"]
    append_many(client, instance, 10)
    failing = wait_state(client, instance, hook, lambda h: h["state"] == "failing", "it fails")
    assert failing["failing_since"] < failing["disable_at"] and failing["warning"] is None
    warned = wait_state(client, instance, hook, lambda h: h["warning"], "the warning")
    assert warned["state"] == "failing" and warned["active"] is True and warned["disable_at"] in warned["warning"]
    assert warned["reason"] == warned["warning"] and warned["counts"]["warnings"] == 1
    assert len(lines(stack, "webhook will be disabled", hook)) == 1
    off = wait_state(client, instance, hook, lambda h: h["state"] == "disabled", "it is disabled")
    assert off["disabled_reason"].startswith("nothing but failures since ") and "HTTP 500" in off["disabled_reason"]
    assert lines(stack, "webhook disabled", hook)[0]["reason"] == off["disabled_reason"]
    count = len(receiver.deliveries)
    receiver.behaviour = answer(200)
    do(client, instance, hook, "enable")
    receiver.wait(lambda ds: {d.json["op_id"] for d in ds[count:]} == set(range(1, 11)), "all of them arrive")
    healed = wait_state(client, instance, hook, lambda h: h["lag"] == 0 and h["retrying"] == 0, "nothing is left")
    assert (healed["state"], healed["failing_since"], healed["warning"]) == ("active", None, None)


def test_a_success_in_between_starts_the_time_anew(client, instance, receiver):
    receiver.behaviour = lambda n, delivery: 200 if n % 6 == 0 else 500
    hook = register(client, instance, receiver.url())["id"]
    append_many(client, instance, 200)
    seen = set()

    def long_enough(state):
        seen.add(state["failing_since"])
        return len(seen - {None}) >= 3

    still = wait_state(client, instance, hook, long_enough, "it began to fail three times", seconds=30)
    assert still["state"] != "disabled"
