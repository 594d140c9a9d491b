"""What a webhook asks for: from where on, which operations, in which order and form."""

import json

import pytest

from support.receiver import fail_first, is_signed
from support.webhooks import append_many, attempts, register, wait_state

SETTINGS = {"CHOREO_WEBHOOK_RETRY_SECS": "0.3,0.3,0.3", "CHOREO_WEBHOOK_TIMEOUT_SECS": "2"}


def refusal(client, slug, **registration):
    answer = client.post(f"/{slug}/webhooks", {"url": "http://127.0.0.1:9/hook", **registration})
    assert answer.status == 400, answer
    return answer.json


@pytest.mark.parametrize("start, expected", [("beginning", [1, 2, 3, 4, 5]), (3, [3, 4, 5]), (5, [5]), (None, [5])])
def test_from(client, instance, receiver, start, expected):
    for n in range(4):
        client.insert(instance, f"before{n}")
    register(client, instance, receiver.url(), **{"from": start})
    client.insert(instance, "after")
    receiver.wait_op_ids(expected)
    assert sorted(receiver.op_ids()) == expected


def test_from_counts_for_a_new_webhook_only(client, instance, receiver):
    client.insert(instance, "before")
    first = register(client, instance, receiver.url(), **{"from": "beginning"})
    receiver.wait_op_ids([1])
    wait_state(client, instance, first["id"], lambda hook: hook["cursor"] == 1, "it was delivered")
    assert register(client, instance, receiver.url(), **{"from": "beginning"})["id"] == first["id"]
    client.insert(instance, "after")
    receiver.wait_op_ids([2])
    assert receiver.op_ids() == [1, 2]


@pytest.mark.parametrize("start", [0, -1, 3, 1.5, "1", "end", True, []])
def test_a_from_that_cannot_be(client, instance, start):
    client.insert(instance, "only")
    error = refusal(client, instance, **{"from": start})
    assert (error["code"], error["field"]) == ("bad_from", "from")
    assert client.get(f"/{instance}/webhooks").json["webhooks"] == []


def test_where(client, instance, receiver):
    register(client, instance, receiver.url("/open"), where='target.status="open", context.table=orders')
    register(client, instance, receiver.url("/large"), where="target.total>=100")
    register(client, instance, receiver.url("/nested"), where='target.by.name!="Eve", frame.source="till"')
    client.insert(instance, "a", table="orders", status="open", total=99)
    client.insert(instance, "b", table="orders", status="closed", total=100)
    client.insert(instance, "c", table="other", status="open", total=1e3)
    body = {"op": "INS", "target": {"id": "d", "by": {"name": "Ann"}}, "context": {}, "frame": {"source": "till"}}
    client.ok(client.post(f"/{instance}/operations", body))
    receiver.wait_count(4)
    assert receiver.op_ids("/open") == [1]
    assert sorted(receiver.op_ids("/large")) == [2, 3]
    assert receiver.op_ids("/nested") == [4]


def test_a_where_that_is_none_tells_the_place(client, instance):
    for where, position in {"": 0, "status=open": 0, "target.a=1,": 11, "target.a=1 target.b=2": 11, "target.=1": 0}.items():
        error = refusal(client, instance, where=where)
        assert (error["code"], error["field"], error["position"]) == ("bad_where", "where", position), where
        assert error["error"].startswith("Expected ")
    for where in (7, ["target.a=1"], "target.a=1," * 500):
        assert refusal(client, instance, where=where)["code"] == "bad_where"
    assert client.get(f"/{instance}/webhooks").json["webhooks"] == []


@pytest.mark.parametrize("name, value", [
    ("delivery", "random"), ("delivery", 1), ("format", "xml"), ("max_in_flight", 0), ("max_in_flight", 65),
    ("max_in_flight", 1.5), ("max_in_flight", "4"),
])
def test_other_members_that_cannot_be(client, instance, name, value):
    error = refusal(client, instance, **{name: value})
    assert (error["code"], error["field"]) == ("bad_webhook", name)


def test_ordered_keeps_the_order_through_failures(client, instance, receiver):
    receiver.behaviour = lambda n, delivery: 500 if delivery.json["op_id"] in (3, 7) and n % 2 else 200
    hook = register(client, instance, receiver.url(), delivery="ordered")
    append_many(client, instance, 12)
    wait_state(client, instance, hook["id"], lambda h: h["lag"] == 0 and h["counts"]["delivered"] == 12, "all are delivered")
    ids = receiver.op_ids()
    assert ids == sorted(ids), "a later one came before an earlier one"
    assert set(ids) == set(range(1, 13)) and len(ids) > 12


def test_ordered_goes_on_after_giving_up(client, instance, receiver):
    receiver.behaviour = lambda n, delivery: 400 if delivery.json["op_id"] == 2 else 200
    hook = register(client, instance, receiver.url(), delivery="ordered")
    append_many(client, instance, 4)
    receiver.wait_op_ids([4])
    assert receiver.op_ids() == [1, 2, 2, 2, 2, 3, 4]
    wait_state(client, instance, hook["id"], lambda h: h["dead"] == 1 and h["lag"] == 0, "one was given up")


def test_ordered_has_one_in_flight(client, instance, receiver):
    in_flight, most = [], []

    def behave(n, delivery):
        in_flight.append(n)
        most.append(len(in_flight))
        in_flight.remove(n)
        return 200

    receiver.behaviour = behave
    register(client, instance, receiver.url(), delivery="ordered")
    append_many(client, instance, 200)
    receiver.wait_op_ids(range(1, 201))
    assert receiver.op_ids() == list(range(1, 201))
    assert max(most) == 1


@pytest.mark.parametrize("most", [1, 9])
def test_max_in_flight(client, instance, receiver, most):
    receiver.behaviour = lambda n, delivery: "hang"
    hook = register(client, instance, receiver.url(), max_in_flight=most)
    assert hook["max_in_flight"] == most
    append_many(client, instance, 20)
    receiver.wait_count(most)
    wait_state(client, instance, hook["id"], lambda h: h["in_flight"] == most, "what is on its way is shown")
    assert len(receiver.op_ids()) == most


def test_cloudevents(client, instance, receiver):
    receiver.behaviour = fail_first(1)
    added = register(client, instance, receiver.url(), format="cloudevents")
    appended = client.ok(
        client.post(
            f"/{instance}/operations",
            body='{"op":"ALT","target":{"id":"p1","n":1.10},"context":{"table":"places"},"frame":{}}',
        )
    )
    first, second = receiver.wait_count(2)
    event = second.json
    assert first.body == second.body
    assert second.headers["content-type"] == "application/cloudevents+json"
    assert is_signed(second, added["secret"])
    assert event["specversion"] == "1.0" and event["type"] == "choreo.ALT" and event["source"] == f"/{instance}"
    assert event["subject"] == "places" and event["time"] == appended["ts"]
    assert event["datacontenttype"] == "application/json"
    assert event["data"]["guid"] == appended["guid"] and event["data"]["op_id"] == 1
    assert b'"n":1.10' in second.body, "numbers stay as they were sent"
    assert json.dumps(event["id"]).endswith('-1"')
    assert [a["result"] for a in attempts(client, instance, added["id"])][-1] == "failed"
