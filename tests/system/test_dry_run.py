"""?dry_run=true: the answer of an append, and a log, a state and keys that are as they were."""

import threading

import pytest

DRY = "?dry_run=true"
ROWS = [{"id": "a", "n": 2}, {"id": "b", "n": 1}, {"n": 3}]
SNAPSHOT = {"op": "REC", "target": {"rows": ROWS}, "context": {"type": "snapshot_ingest", "table": "things"}}


def told(answer):
    """An answer without what is new each time."""
    kept = {name: value for name, value in answer.items() if name not in ("guid", "ts", "dry_run")}
    if "generated" in kept:
        kept["generated"] = [{k: v for k, v in one.items() if k not in ("guid", "ts")} for one in kept["generated"]]
    return kept


def everything(client, slug):
    state = client.get(f"/{slug}/state/things")
    return client.operations(slug), state.json, state.headers["ETag"], client.get(f"/{slug}/biography/a").json


@pytest.mark.parametrize(
    "body",
    [
        {"op": "INS", "target": {"id": "new", "n": 1}, "context": {"table": "things"}},
        {"op": "NUL", "target": {"id": "a"}, "context": {"table": "things"}},
        {"op": "CON", "target": {"source": "a", "target": "x", "coupling": 0.9}},
        {"op": "REC", "target": {"min_cluster_size": 2}, "context": {"type": "emergence_scan"}},
        {**SNAPSHOT, "frame": {"absence_means": "deleted"}},
    ],
    ids=["INS", "NUL", "CON", "scan", "snapshot"],
)
def test_the_answer_is_that_of_the_append_and_nothing_stays(client, instance, body):
    client.insert(instance, "a", n=1)
    client.insert(instance, "old", n=9)
    client.append(instance, "CON", {"source": "a", "target": "old"})
    before = everything(client, instance)
    asked = client.ok(client.post(f"/{instance}/operations{DRY}", body))
    assert asked["dry_run"] is True
    assert everything(client, instance) == before
    done = client.ok(client.post(f"/{instance}/operations", body))
    assert "dry_run" not in done
    assert told(asked) == told(done)


def test_what_rules_would_make_is_in_the_answer_and_new_rules_do_not_stay(client, instance):
    action = {"op": "DES", "target_template": {"id": "{trigger.id}", "flag": "seen"}, "context": {"table": "things"}}
    target = {"id": "r", "trigger": {"op": "INS"}, "action": action}
    rule = {"op": "REC", "target": target, "context": {"type": "feedback_rule"}}
    insert = {"op": "INS", "target": {"id": "a"}, "context": {"table": "things"}}
    client.ok(client.post(f"/{instance}/operations{DRY}", rule))
    assert "generated" not in client.ok(client.post(f"/{instance}/operations{DRY}", insert))
    client.ok(client.post(f"/{instance}/operations", rule))
    assert client.ok(client.post(f"/{instance}/operations{DRY}", insert))["generated_count"] == 1
    assert client.head(instance) == 1


def test_no_key_is_used_up(client, instance):
    body = {"op": "INS", "target": {"id": "a"}, "context": {"table": "things"}}
    key = {"Idempotency-Key": "once"}
    client.ok(client.post(f"/{instance}/operations{DRY}", body, headers=key))
    first = client.ok(client.post(f"/{instance}/operations", body, headers=key))
    assert "duplicate" not in first
    again = client.ok(client.post(f"/{instance}/operations{DRY}", body, headers=key))
    assert again["duplicate"] is True and again["op_id"] == first["op_id"]


def test_it_is_refused_as_the_append_is(client, instance):
    client.insert(instance, "a")
    body = {"op": "ALT", "target": {"id": "a"}, "context": {"table": "things"}}
    assert client.post(f"/{instance}/operations{DRY}", body, headers={"If-Match": '"7"'}).status == 412
    assert client.post(f"/{instance}/operations{DRY}", {"op": "ADD", "target": {}}).json["code"] == "unknown_op"
    rows = {**SNAPSHOT, "target": {"rows": [{"id": "b"}, {"id": "x" * 600}]}}
    dry, real = (client.post(f"/{instance}/operations{query}", rows) for query in (DRY, ""))
    assert real.status == 400 and (dry.status, dry.json) == (real.status, real.json)
    answer = client.post(f"/{instance}/operations?dry_run=perhaps", body)
    assert (answer.status, answer.json["code"], answer.json["field"]) == (400, "bad_parameter", "dry_run")


def test_a_question_is_answered_and_not_recorded(client, instance):
    client.insert(instance, "a")
    ask = {"op": "DES", "target": {"query": "state(context.table=things)"}, "frame": {"audit": True}}
    answer = client.ok(client.post(f"/{instance}/operations{DRY}", ask))
    assert answer["count"] == 1 and answer["audited"] is False
    assert client.head(instance) == 1


def test_neither_streams_nor_neighbours_notice(stack, client, instance):
    """Asked and real operations in the same transactions: ids have no gap, and only the real ones arrive."""
    count = 60

    def send(query, name):
        own = stack.client()
        for number in range(count):
            body = {"op": "INS", "target": {"id": f"{name}{number}"}, "context": {"table": "things"}}
            own.ok(own.post(f"/{instance}/operations{query}", body))
        own.close()

    with stack.stream(f"/{instance}/stream") as stream:
        kinds = [(DRY, "dry-one"), ("", "real"), (DRY, "dry-two"), ("", "also")]
        threads = [threading.Thread(target=send, args=kind) for kind in kinds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        stream.wait_id(2 * count)
        streamed = stream.ids()
    found = client.operations(instance)
    assert [one["id"] for one in found] == list(range(1, 2 * count + 1))
    assert not any(one["target"]["id"].startswith("dry") for one in found)
    assert streamed == [one["id"] for one in found]
