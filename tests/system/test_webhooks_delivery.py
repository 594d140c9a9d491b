"""What a webhook's receiver gets: body, headers, signature, and which operations."""

import re
import time

from support.receiver import is_signed
from support.waiting import wait_until


def register(client, slug, url, **more):
    return client.ok(client.post(f"/{slug}/webhooks", {"url": url, **more}))["added"]


def state(client, slug, url):
    hooks = client.ok(client.get(f"/{slug}/webhooks"))["webhooks"]
    return next(hook for hook in hooks if hook["url"] == url)


def test_body_and_headers(client, instance, receiver):
    added = register(client, instance, receiver.url(), headers={"Authorization": "Bearer t0ken"})
    appended = client.ok(
        client.post(
            f"/{instance}/operations",
            body='{"op":"INS","target":{"id":"pl0","n":1.10,"big":12345678901234567890123,"z":"é"},'
            '"context":{"table":"places"},"frame":{"source":"test"}}',
            headers={"X-Trace-ID": "trace-7"},
        )
    )
    delivery = receiver.wait_count(1)[0]
    assert delivery.path == "/hook"
    assert delivery.body.decode() == (
        f'{{"op_id":1,"pretty_id":"PL0-1","guid":"{appended["guid"]}","ts":"{appended["ts"]}","op":"INS",'
        '"target":{"id":"pl0","n":1.10,"big":12345678901234567890123,"z":"é"},'
        '"context":{"table":"places","trace_id":"trace-7"},"frame":{"source":"test"}}'
    )
    headers = delivery.headers
    assert headers["content-type"] == "application/json"
    assert headers["x-choreo-instance"] == instance
    assert headers["x-trace-id"] == "trace-7"
    assert headers["authorization"] == "Bearer t0ken"
    assert headers["user-agent"].startswith("choreo/")
    assert re.fullmatch(r"msg_[0-9a-f]{32}", headers["webhook-id"])
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert is_signed(delivery, added["secret"])
    assert not {"cookie", "expect"} & headers.keys()


def test_a_secret_of_the_clients_own(client, instance, receiver):
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    added = register(client, instance, receiver.url(), secret=secret)
    assert added["secret"] == secret
    client.insert(instance, "a")
    assert is_signed(receiver.wait_count(1)[0], secret)


def test_secrets_are_shown_once(client, instance, receiver):
    added = register(client, instance, receiver.url(), headers={"X-Key": "hush"})
    listed = client.get(f"/{instance}/webhooks").text
    assert added["secret"] not in listed
    assert "hush" not in listed
    again = register(client, instance, receiver.url())
    assert again["id"] == added["id"]
    assert "secret" not in again
    client.insert(instance, "a")
    assert is_signed(receiver.wait_count(1)[0], added["secret"])


def test_filter_and_tables(client, instance, receiver):
    register(client, instance, receiver.url("/all"))
    register(client, instance, receiver.url("/changes"), filter=["ALT", "NUL"])
    register(client, instance, receiver.url("/people"), tables=["people"])
    register(client, instance, receiver.url("/both"), filter=["INS"], tables=["people"])
    client.insert(instance, "a", table="places")
    client.insert(instance, "b", table="people")
    client.append(instance, "ALT", {"id": "a", "x": 1}, {"table": "places"})
    client.append(instance, "NUL", {"id": "b"}, {"table": "people"})
    receiver.wait_count(4 + 2 + 2 + 1)
    assert sorted(receiver.op_ids("/all")) == [1, 2, 3, 4]
    assert sorted(receiver.op_ids("/changes")) == [3, 4]
    assert sorted(receiver.op_ids("/people")) == [2, 4]
    assert receiver.op_ids("/both") == [2]
    wait_until(lambda: state(client, instance, receiver.url("/both"))["cursor"] == 4, "filtered operations are passed")


def test_only_new_operations_are_sent(client, instance, receiver):
    client.insert(instance, "before")
    assert register(client, instance, receiver.url())["cursor"] == 1
    client.insert(instance, "after")
    receiver.wait_count(1)
    assert receiver.op_ids() == [2]


def test_generated_operations_are_sent_too(client, instance, receiver):
    register(client, instance, receiver.url())
    answer = client.append(
        instance,
        "REC",
        {"rows": [{"id": "a", "x": 1}, {"id": "b", "x": 2}]},
        {"type": "snapshot_ingest", "table": "things"},
    )
    assert answer["generated_count"] == 2
    deliveries = receiver.wait_op_ids([1, 2, 3])
    by_id = {d.json["op_id"]: d.json for d in deliveries}
    assert by_id[2]["op"] == "INS"
    assert by_id[2]["context"]["generated_by"] == 1


def test_every_operation_once_while_all_goes_well(client, instance, receiver):
    register(client, instance, receiver.url())
    operations = [{"op": "INS", "target": {"id": f"e{n}"}, "context": {"table": "t"}} for n in range(500)]
    client.ok(client.post(f"/instances/{instance}/seed", {"operations": operations}))
    receiver.wait_count(500)
    assert sorted(receiver.op_ids()) == list(range(1, 501))
    wait_until(lambda: state(client, instance, receiver.url())["lag"] == 0, "the cursor is at the head")
    assert len(receiver.op_ids()) == 500


def test_state_in_the_list(client, instance, receiver):
    register(client, instance, receiver.url(), description="for the tests")
    fresh = state(client, instance, receiver.url())
    assert fresh["description"] == "for the tests"
    assert (fresh["cursor"], fresh["lag"], fresh["last_attempt"]) == (0, 0, None)
    client.insert(instance, "a")
    done = wait_until(
        lambda: (hook := state(client, instance, receiver.url()))["last_success"] and hook, "the success is recorded"
    )
    assert (done["cursor"], done["lag"], done["consecutive_failures"]) == (1, 0, 0)
    assert done["last_error"] is None and done["disabled_reason"] is None
    assert done["state"] == "active"


def test_large_operations(client, instance, receiver):
    register(client, instance, receiver.url())
    text = "x" * (4 << 20)
    for n in range(6):
        client.insert(instance, f"big{n}", text=text)
    deliveries = receiver.wait_count(6)
    assert {d.json["op_id"] for d in deliveries} == set(range(1, 7))
    assert all(d.json["target"]["text"] == text for d in deliveries)


def test_many_webhooks_of_one_instance(client, instance, receiver):
    for n in range(50):
        register(client, instance, receiver.url(f"/{n}"))
    for n in range(5):
        client.insert(instance, f"e{n}")
    receiver.wait_count(250)
    for n in range(50):
        assert sorted(receiver.op_ids(f"/{n}")) == [1, 2, 3, 4, 5]
