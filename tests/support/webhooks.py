"""What tests of webhooks do and check."""

import sqlite3
from contextlib import closing, contextmanager

from .waiting import wait_until

STORED_TOGETHER = 32  # kSettleOutcomes of dispatcher/loop_limits.h: successes that may wait for each other


def register(client, slug, url, **more):
    return client.ok(client.post(f"/{slug}/webhooks", {"url": url, **more}))["added"]


def hooks(client, slug):
    return client.ok(client.get(f"/{slug}/webhooks"))["webhooks"]


def hook(client, slug, url):
    [found] = [one for one in hooks(client, slug) if one["url"] == url]
    return found


def wait_hook(client, slug, url, condition, what, seconds=30):
    """The state once the condition holds for it."""

    def look():
        state = hook(client, slug, url)
        return state if condition(state) else None

    return wait_until(look, what, seconds)


def get(client, slug, hook_id, what="", **query):
    """The webhook, or what of it: attempts, dead."""
    url = f"/{slug}/webhooks/{hook_id}" + (f"/{what}" if what else "")
    pairs = "&".join(f"{name}={value}" for name, value in query.items())
    return client.ok(client.get(f"{url}?{pairs}" if pairs else url))


def attempts(client, slug, hook_id, **query):
    return get(client, slug, hook_id, "attempts", **query)["attempts"]


def do(client, slug, hook_id, action, body=None):
    return client.ok(client.post(f"/{slug}/webhooks/{hook_id}/{action}", body if body is not None else {}))


def wait_state(client, slug, hook_id, condition, what, seconds=20.0):
    """The webhook once the condition holds."""
    return wait_until(lambda: (hook := get(client, slug, hook_id)) and condition(hook) and hook, what, seconds)


def settled(client, slug, seconds=30):
    """Nothing is left to deliver or to try again."""

    def done():
        return all(state["lag"] == 0 and state["retrying"] == 0 for state in hooks(client, slug))

    wait_until(done, "all cursors are at the head and nothing waits", seconds)


def append_many(client, slug, count, **target):
    operations = [{"op": "INS", "target": {"id": f"e{n}", **target}, "context": {"table": "t"}} for n in range(count)]
    client.ok(client.post(f"/instances/{slug}/seed", {"operations": operations}))


def check_repetitions(deliveries):
    """A repeated operation has the same webhook-id and body each time; different ones have different ids."""
    variants = {}
    for delivery in deliveries:
        variants.setdefault(delivery.json["op_id"], set()).add((delivery.headers["webhook-id"], delivery.body))
    for op_id, seen in variants.items():
        assert len(seen) == 1, f"operation {op_id} came as {[message for message, _ in seen]}"
    assert len({message for [(message, _)] in variants.values()}) == len(variants), "two operations share a webhook-id"


@contextmanager
def control_locked(stack):
    """Nothing can be committed to the control database meanwhile."""
    with closing(sqlite3.connect(stack.dir / ".control" / "control.db", isolation_level=None, timeout=10)) as db:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            db.execute("ROLLBACK")
