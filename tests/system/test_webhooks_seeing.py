"""Looking at a webhook and doing something about it: state, attempts, tests, replays, secrets."""

import http.client
import re

import pytest

from support.receiver import HANG, Receiver, answer, is_signed
from support.waiting import wait_until
from support.webhooks import append_many, attempts, do, get, register, wait_state

SETTINGS = {
    "CHOREO_WEBHOOK_RETRY_SECS": "0.2,0.3",
    "CHOREO_WEBHOOK_TIMEOUT_SECS": "2",
    "CHOREO_WEBHOOK_PROBE_SECS": "1",
    "CHOREO_WEBHOOK_HISTORY": "20",
}


def refused(client, method, url, body, status=400):
    reply = client.request(method, url, json=body)
    assert reply.status == status, reply
    return reply.json


def test_attempts_tell_what_happened(client, instance, receiver):
    receiver.behaviour = lambda n, delivery: (500, {}, b"broken \xff\xc3") if n == 1 else (200, {}, "schön".encode() * 2000)
    hook = register(client, instance, receiver.url())["id"]
    client.insert(instance, "a")
    wait_state(client, instance, hook, lambda h: h["counts"]["attempts"] == 2, "two attempts")
    second, first = attempts(client, instance, hook)
    assert (first["op_id"], first["attempt"], first["result"], first["status"]) == (1, 1, "failed", 500)
    assert first["error"] == "HTTP 500" and first["answer"] == "broken \ufffd\ufffd"
    assert first["next_attempt"] > first["time"]
    assert (second["attempt"], second["result"], second["error"], second["next_attempt"]) == (2, "delivered", None, None)
    assert second["answer"] == ("schön" * 2000).encode()[:4096].decode(errors="replace")
    assert second["time"] >= first["time"] and 0 <= second["latency_ms"] < 2000


def test_an_attempt_without_an_answer(client, instance):
    with Receiver() as closed:
        url = closed.url()
    hook = register(client, instance, url)["id"]
    client.insert(instance, "a")
    found = wait_until(lambda: attempts(client, instance, hook), "an attempt")[-1]
    assert found["status"] is None and "connect" in found["error"] and found["answer"] == ""


def test_attempts_are_chosen_and_paged(client, instance, receiver):
    receiver.behaviour = lambda n, delivery: 503 if delivery.json["op_id"] == 2 else 204
    hook = register(client, instance, receiver.url(), delivery="ordered")["id"]
    append_many(client, instance, 4)
    wait_state(client, instance, hook, lambda h: h["lag"] == 0 and h["dead"] == 1, "one is given up")
    everything = attempts(client, instance, hook)
    assert [(a["op_id"], a["status"]) for a in reversed(everything)] == [(1, 204)] + [(2, 503)] * 3 + [(3, 204), (4, 204)]
    assert [a["op_id"] for a in attempts(client, instance, hook, status="delivered")] == [4, 3, 1]
    assert [a["result"] for a in attempts(client, instance, hook, status="failed")] == ["given_up", "failed", "failed"]
    assert [a["attempt"] for a in attempts(client, instance, hook, status="given_up")] == [3]
    assert attempts(client, instance, hook, status=204, op_id=3) == [everything[1]]
    paged, cursor = [], None
    while True:
        page = get(client, instance, hook, "attempts", limit=4, **({"cursor": cursor} if cursor else {}))
        paged += page["attempts"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert paged == everything
    for query in ("status=ok", "status=99", "op_id=0", "limit=0", "limit=1001", "cursor=x"):
        error = refused(client, "GET", f"/{instance}/webhooks/{hook}/attempts?{query}", None)
        assert error["code"] == "bad_parameter" and error["field"] == query.split("=")[0]


def test_the_history_is_bounded(client, instance, receiver):
    hook = register(client, instance, receiver.url())["id"]
    append_many(client, instance, 100)
    wait_state(client, instance, hook, lambda h: h["counts"]["delivered"] == 100, "all are delivered")
    kept = attempts(client, instance, hook, limit=1000)
    assert 10 <= len(kept) <= 22
    assert [a["id"] for a in kept] == list(range(100, 100 - len(kept), -1))


def test_what_was_given_up_is_listed_and_replayed(client, instance, receiver):
    receiver.behaviour = answer(500)
    hook = register(client, instance, receiver.url())["id"]
    append_many(client, instance, 3)
    wait_state(client, instance, hook, lambda h: h["dead"] == 3, "all are given up")
    first = get(client, instance, hook, "dead", limit=2)
    second = get(client, instance, hook, "dead", limit=2, cursor=first["next_cursor"])
    assert [d["op_id"] for d in first["dead"] + second["dead"]] == [1, 2, 3]
    assert all(d["attempts"] >= 3 and d["error"] == "HTTP 500" and d["given_up"] for d in first["dead"])
    assert second["next_cursor"] is None
    before = {d.json["op_id"]: d.headers["webhook-id"] for d in receiver.deliveries}
    receiver.behaviour = answer(200)
    asked = do(client, instance, hook, "replay", {"dead": True})
    assert asked["operations"] == 3
    healed = wait_state(client, instance, hook, lambda h: h["dead"] == 0 and h["counts"]["delivered"] == 3, "replayed")
    assert healed["state"] == "active" and healed["replays"] == 0
    assert {d.json["op_id"]: d.headers["webhook-id"] for d in receiver.deliveries[-3:]} == before


def test_replay_of_a_range_goes_by_the_filter(client, instance, receiver):
    hook = register(client, instance, receiver.url(), tables=["yes"])["id"]
    for n in range(300):
        client.insert(instance, f"e{n}", table="yes" if n % 3 == 0 else "no")
    wanted = [n + 1 for n in range(300) if n % 3 == 0]
    receiver.wait_op_ids(wanted)
    wait_state(client, instance, hook, lambda h: h["lag"] == 0, "all is delivered")
    do(client, instance, hook, "replay", {"from": 100, "to": 250})
    again = [op_id for op_id in wanted if 100 <= op_id <= 250]
    receiver.wait_count(len(wanted) + len(again))
    wait_state(client, instance, hook, lambda h: h["replays"] == 0 and h["retrying"] == 0, "the replay is done")
    assert sorted(receiver.op_ids()) == sorted(wanted + again)
    ids = {}
    for d in receiver.deliveries:
        ids.setdefault(d.json["op_id"], set()).add(d.headers["webhook-id"])
    assert all(len(each) == 1 for each in ids.values())


def test_replay_of_some(client, instance, receiver):
    hook = register(client, instance, receiver.url(), filter=["INS"], delivery="ordered")["id"]
    append_many(client, instance, 5)
    client.append(instance, "ALT", {"id": "e0", "x": 1}, {"table": "t"})
    wait_state(client, instance, hook, lambda h: h["lag"] == 0 and h["counts"]["delivered"] == 5, "all is delivered")
    assert do(client, instance, hook, "replay", {"op_ids": [6, 2, 2, 4]})["operations"] == 3
    receiver.wait_count(8)
    assert receiver.op_ids() == [1, 2, 3, 4, 5, 2, 4, 6], "in order, and what is named is sent"


def test_a_new_webhook_replays_what_was_before_it(client, instance, receiver):
    append_many(client, instance, 400)
    hook = register(client, instance, receiver.url(), delivery="ordered")["id"]
    do(client, instance, hook, "replay", {"from": 1})
    receiver.wait_op_ids(range(1, 401))
    assert receiver.op_ids() == list(range(1, 401))


@pytest.mark.parametrize("body, field", [
    ({}, ""), ({"dead": False}, "dead"), ({"from": 0}, "from"), ({"from": 3}, "from"), ({"to": 1}, "from"),
    ({"from": 2, "to": 1}, "to"), ({"from": 1, "dead": True}, ""), ({"op_ids": []}, "op_ids"), ({"op_ids": [9]}, "op_ids"),
    ({"op_ids": 1}, "op_ids"), ({"op_ids": ["1"]}, "op_ids"), ({"op_ids": [1] * 1001}, "op_ids"),
])
def test_a_replay_that_cannot_be(client, instance, receiver, body, field):
    append_many(client, instance, 2)
    hook = register(client, instance, receiver.url())["id"]
    error = refused(client, "POST", f"/{instance}/webhooks/{hook}/replay", body)
    assert error["code"] == "bad_webhook_replay" and error.get("field", "") == field
    assert get(client, instance, hook)["replays"] == 0 and receiver.deliveries == []


def test_a_test_is_signed_marked_and_not_in_the_log(client, instance, receiver):
    receiver.behaviour = answer(202, {}, b"thanks")
    added = register(client, instance, receiver.url(), headers={"X-Key": "k"})
    found = do(client, instance, added["id"], "test")["attempt"]
    assert (found["test"], found["op_id"], found["result"], found["status"]) == (True, None, "delivered", 202)
    assert found["answer"] == "thanks"
    ping = receiver.wait_count(1)[0]
    assert ping.json["ping"] is True and ping.json["webhook"] == added["id"] and ping.headers["x-choreo-ping"] == "true"
    assert ping.headers["x-key"] == "k" and is_signed(ping, added["secret"])
    assert client.operations(instance) == []
    state = get(client, instance, added["id"])
    assert (state["cursor"], state["last_attempt"], state["state"]) == (0, None, "active")
    assert attempts(client, instance, added["id"]) == [found]


def test_a_test_that_fails_changes_nothing(client, instance, receiver):
    receiver.behaviour = answer(410)
    hook = register(client, instance, receiver.url(), format="cloudevents")["id"]
    found = do(client, instance, hook, "test")["attempt"]
    assert (found["result"], found["status"], found["next_attempt"]) == ("failed", 410, None)
    assert receiver.deliveries[0].json["type"] == "choreo.ping"
    assert get(client, instance, hook)["state"] == "active"


def test_a_test_waits_no_longer_than_a_delivery(client, instance, receiver):
    receiver.behaviour = lambda n, delivery: HANG
    hook = register(client, instance, receiver.url(), active=False)["id"]
    found = do(client, instance, hook, "test")["attempt"]
    assert found["status"] is None and "within 2 s" in found["error"]


def test_a_test_without_a_dispatcher_says_so(stack, client, instance, receiver):
    hook = register(client, instance, receiver.url())["id"]
    pid = stack.pid("dispatcher")
    with stack.paused("dispatcher"):
        error = refused(client, "POST", f"/{instance}/webhooks/{hook}/test", {}, 503)
    assert error["code"] == "dispatcher_away"
    assert stack.pid("dispatcher") == pid


def test_a_change_is_partial_and_at_once(client, instance, receiver):
    added = register(client, instance, receiver.url("/a"), filter=["INS"], headers={"X-Key": "k"}, description="note")
    changed = client.ok(client.patch(f"/{instance}/webhooks/{added['id']}", {
        "url": receiver.url("/b"), "filter": None, "where": "target.go=true", "delivery": "ordered", "max_in_flight": 2,
    }))
    assert (changed["url"], changed["where"], changed["delivery"]) == (receiver.url("/b"), "target.go=true", "ordered")
    assert "filter" not in changed and changed["description"] == "note" and changed["headers"] == {"X-Key": "********"}
    client.insert(instance, "a", go=False)
    client.insert(instance, "b", go=True)
    delivery = receiver.wait_count(1)[0]
    assert (delivery.path, delivery.json["op_id"], delivery.headers["x-key"]) == ("/b", 2, "k")
    assert is_signed(delivery, added["secret"])


@pytest.mark.parametrize("body, code, field", [
    ({"url": "ftp://a/"}, "bad_url", "url"), ({"url": None}, "bad_webhook", "url"), ({"where": "x"}, "bad_where", "where"),
    ({"secret": "whsec_AAAA"}, "bad_webhook", "secret"), ({"from": 1}, "bad_webhook", "from"),
    ({"Active": False}, "unknown_member", "Active"), ({"active": None}, "bad_webhook", "active"),
    ({"description": "x", "filter": ["ADD"]}, "bad_filter", "filter"), ([], "not_an_object", None),
])
def test_a_change_that_cannot_be_changes_nothing(client, instance, receiver, body, code, field):
    hook = register(client, instance, receiver.url())["id"]
    before = get(client, instance, hook)
    error = refused(client, "PATCH", f"/{instance}/webhooks/{hook}", body)
    assert error["code"] == code and error.get("field") == field
    assert get(client, instance, hook) == before


def test_a_url_belongs_to_one_webhook(client, instance, receiver):
    first = register(client, instance, receiver.url("/a"))["id"]
    second = register(client, instance, receiver.url("/b"))["id"]
    error = refused(client, "PATCH", f"/{instance}/webhooks/{second}", {"url": receiver.url("/a")}, 409)
    assert error["code"] == "url_taken" and first in error["error"]


def test_disabled_by_410_and_enabled(client, instance, receiver):
    receiver.behaviour = answer(410)
    hook = register(client, instance, receiver.url())["id"]
    client.insert(instance, "a")
    off = wait_state(client, instance, hook, lambda h: h["state"] == "disabled", "it is disabled")
    assert off["reason"] == off["disabled_reason"] == "HTTP 410: the endpoint is gone" and off["active"] is False
    client.insert(instance, "b")
    client.ok(client.patch(f"/{instance}/webhooks/{hook}", {"description": "still off"}))
    assert get(client, instance, hook)["state"] == "disabled"
    receiver.behaviour = answer(200)
    on = do(client, instance, hook, "enable")
    assert on["state"] == "active" and on["reason"] is None
    receiver.wait_op_ids([1, 2])
    wait_state(client, instance, hook, lambda h: h["lag"] == 0 and h["retrying"] == 0, "nothing is left")


def test_paused_and_back(client, instance, receiver):
    hook = register(client, instance, receiver.url())["id"]
    paused = client.ok(client.patch(f"/{instance}/webhooks/{hook}", {"active": False}))
    assert (paused["state"], paused["reason"]) == ("paused", "active is false")
    assert do(client, instance, hook, "test")["attempt"]["result"] == "delivered"
    client.insert(instance, "a")
    assert do(client, instance, hook, "enable")["state"] == "active"
    receiver.wait(lambda ds: any(d.json.get("op_id") == 1 for d in ds), "what came meanwhile")


def test_a_rotated_secret_signs_beside_the_old_one(client, instance, receiver):
    added = register(client, instance, receiver.url())
    rotated = do(client, instance, added["id"], "rotate-secret", {"overlap_seconds": 3600})
    assert rotated["secret"] != added["secret"] and re.match(r"\d{4}-", rotated["old_secret_until"])
    assert do(client, instance, added["id"], "test")["attempt"]["result"] == "delivered"
    both = receiver.wait_count(1)[0]
    assert is_signed(both, added["secret"]) and is_signed(both, rotated["secret"])
    assert len(both.headers["webhook-signature"].split()) == 2
    at_once = do(client, instance, added["id"], "rotate-secret", {"overlap_seconds": 0})
    assert at_once["old_secret_until"] is None
    do(client, instance, added["id"], "test")
    one = receiver.wait_count(2)[1]
    assert is_signed(one, at_once["secret"]) and not is_signed(one, rotated["secret"])
    assert not is_signed(one, added["secret"])
    shown = client.get(f"/{instance}/webhooks").text + client.get(f"/{instance}/webhooks/{added['id']}").text
    assert "whsec_" not in shown


def test_the_old_secret_ends(client, instance, receiver):
    added = register(client, instance, receiver.url())
    rotated = do(client, instance, added["id"], "rotate-secret", {"overlap_seconds": 1})

    def signed_by_the_new_one_only():
        do(client, instance, added["id"], "test")
        last = receiver.deliveries[-1]
        assert is_signed(last, rotated["secret"])
        return not is_signed(last, added["secret"])

    wait_until(signed_by_the_new_one_only, "the overlap is over")


@pytest.mark.parametrize("body", [{"overlap_seconds": -1}, {"overlap_seconds": 604801}, {"overlap_seconds": "1"}])
def test_a_rotation_that_cannot_be(client, instance, receiver, body):
    added = register(client, instance, receiver.url())
    error = refused(client, "POST", f"/{instance}/webhooks/{added['id']}/rotate-secret", body)
    assert error["code"] == "bad_rotation" and error["field"] in body
    do(client, instance, added["id"], "test")
    assert is_signed(receiver.wait_count(1)[0], added["secret"])


def test_rotation_without_a_body(stack, client, instance, receiver):
    hook = register(client, instance, receiver.url())["id"]
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=20)
    connection.request("POST", f"/{instance}/webhooks/{hook}/rotate-secret")
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.parametrize("method, path", [
    ("GET", ""), ("PATCH", ""), ("GET", "/attempts"), ("GET", "/dead"), ("POST", "/test"), ("POST", "/replay"),
    ("POST", "/enable"), ("POST", "/rotate-secret"),
])
def test_another_instances_webhook_is_not_there(client, instance, receiver, method, path):
    client.insert(instance, "a")
    other = f"{instance}-other"
    client.create(other)
    hook = register(client, other, receiver.url())["id"]
    body = None if method == "GET" else {"dead": True} if path == "/replay" else {}
    for unknown in (hook, "wh_0", "x" * 300):
        error = refused(client, method, f"/{instance}/webhooks/{unknown}{path}", body, 404)
        assert error["code"] == "unknown_webhook"


@pytest.mark.parametrize("path", ["/test", "/enable"])
@pytest.mark.parametrize("body, code", [("{", "bad_json"), ("[]", "not_an_object"), ('{"a":1,"a":2}', "duplicate_key")])
def test_a_broken_body_is_refused_where_none_is_needed(client, instance, receiver, path, body, code):
    client.insert(instance, "a")
    hook = register(client, instance, receiver.url(), active=False)["id"]
    reply = client.post(f"/{instance}/webhooks/{hook}{path}", body=body)
    assert reply.status == 400 and reply.json["code"] == code, reply
    assert get(client, instance, hook)["active"] is False and receiver.deliveries == []
