"""What answers warn of, strict requests and instances, and the ids that an INS without one gets."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.requests import entity, head, ingest, operation, post, rule


def codes(answer):
    return [warning["code"] for warning in answer.get("_warnings", [])]


def strictly(client, instance, body, status=409, query=""):
    answer = client.post(f"/{instance}/operations{query}", body, headers={"Choreo-Strict": "true"})
    assert answer.status == status, answer
    return answer.json


NO_ENTITY = [
    operation("ALT", {"id": "none", "x": 1}),
    operation("DES", {"id": "none", "n": 1}, frame={"source": "s"}),
    operation("SUP", {"id": "none", "field": "x", "variants": []}),
    operation("SEG", {"id": "none", "boundary": "b"}),
    operation("NUL", {"id": "none"}),
    operation("NUL", {"entity_id": "none", "field": "x"}),
    operation("SYN", {"merge_into": "none", "merge_from": "a"}),
    operation("ALT", {"x": 1}),
    operation("NUL", {}),
    {"op": "ALT", "target": "tables.t.a.fields.x", "operand": {"x": 1}},
    {"op": "INS", "target": "tables.t.a.fields.x", "operand": {"x": 1}},
]


@pytest.mark.parametrize("body", NO_ENTITY, ids=lambda body: json.dumps(body)[:60])
def test_faults_f7_what_found_no_entity_says_so(client, instance, body):
    post(client, instance, operation("INS", {"id": "a"}))
    assert codes(strictly(client, instance, body)) == ["no_entity"] and head(client, instance) == 1
    told = post(client, instance, body)
    assert codes(told) == ["no_entity"] and told["op_id"] == 2
    assert client.ok(client.get(f"/{instance}/state/t"))["count"] == 1


CLEAN = [
    operation("INS", {"id": "b", "x": 1}),
    operation("ALT", {"id": "a", "x": 2}),
    operation("DES", {"id": "a", "n": 1}, frame={"source": "s"}),
    operation("SUP", {"id": "a", "field": "x", "variants": [1]}),
    operation("SEG", {"id": "a", "boundary": "b"}),
    {"op": "SEG", "target": {"id": "a"}, "context": {"table": "t", "boundary": "b"}},
    operation("NUL", {"entity_id": "a", "field": "x"}),
    operation("NUL", {"id": "a"}),
    operation("CON", {"source": "p", "target": "q"}),
    operation("SYN", {"merge_into": "a", "merge_from": "o"}),
    operation("REC", {"id": "a"}),
    {"op": "REC", "target": {"note": 1}, "context": {"type": "minutes"}},
    {"op": "REC", "target": {}, "context": {"type": "emergence_scan"}},
    {"op": "DES", "target": {"query": "t"}, "context": {"type": "query"}},
]


@pytest.mark.parametrize("body", CLEAN, ids=lambda body: json.dumps(body)[:60])
def test_faults_f7_an_operation_that_means_something_warns_of_nothing(client, instance, body):
    for name in ("a", "o"):
        post(client, instance, operation("INS", {"id": name}))
    assert "_warnings" not in strictly(client, instance, body, 200, "?dry_run=true")
    assert "_warnings" not in strictly(client, instance, body, 200)


OTHERS = [
    (operation("CON", {"source": "a"}), ["no_edge"]),
    (operation("SYN", {"merge_into": "a", "merge_from": "none"}), ["nothing_merged"]),
    (operation("SYN", {"merge_into": "a"}), ["nothing_merged"]),
    (operation("SUP", {"id": "a"}), ["no_field"]),
    (operation("SEG", {"id": "a"}), ["no_boundary"]),
    (operation("REC", {"rows": [{"id": "a"}]}), ["no_type"]),
    (operation("DES", {"id": "a", "n": 1}), ["unframed_designation"]),
    (operation("ALT", {"id": "a", "_ops": 1, "table": "12"}), ["reserved_member", "reserved_member"]),
    (ingest([{"id": "b"}, {"x": 1}]), ["rows_skipped"]),
    (rule({}), ["never_fires"]),
    (rule({"op": "ALT", "matches": {}}), ["unknown_member"]),
    (rule({"match": {"table": "orders"}}), ["unknown_member"]),
    (operation("INS", {"id": "r", "trigger": {"match": {"x": ">"}}, "action": {"op": "DES"}}, "_rules"), ["never_fires"]),
    (operation("INS", {"id": "settings", "strict": "yes"}, "_rules"), ["odd_setting"]),
]


@pytest.mark.parametrize("body, expected", OTHERS, ids=lambda value: json.dumps(value)[:60])
def test_faults_f7_what_means_nothing_is_said(client, instance, body, expected):
    post(client, instance, operation("INS", {"id": "a"}))
    refused = strictly(client, instance, body)
    assert refused["code"] == "refused_for_warnings" and codes(refused) == expected[: len(codes(refused))] != []
    assert head(client, instance) == 1
    assert codes(post(client, instance, body)) == expected


def test_faults_f7_a_member_beside_the_target_is_told_where_it_belongs(client, instance):
    places = {
        "table": "context.table",
        "id": "target.id",
        "status": "target.status",
        "match_on": "frame.match_on",
        "ts": "POST /instances/{slug}/seed",
        "pretty_id": None,
    }
    for member, place in places.items():
        body = {"op": "INS", "target": {"id": "a"}, member: "x"}
        [warning] = post(client, instance, body)["_warnings"]
        assert (warning["code"], warning["member"], warning.get("place")) == ("unknown_member", member, place)
        assert place is None or place in warning["message"]
    [unread] = post(client, instance, {"op": "INS", "target": {"id": "a"}, "operand": {"fields.x": 1}})["_warnings"]
    assert (unread["code"], unread["member"]) == ("unknown_member", "operand")
    misplaced = ingest([{"id": "a"}])
    misplaced["context"]["absence_means"] = "deleted"
    [warning] = post(client, instance, misplaced)["_warnings"]
    assert (warning["member"], warning["place"]) == ("context.absence_means", "frame.absence_means")
    many = {"op": "INS", "target": {"id": "a"}} | {f"é{number}": 1 for number in range(1000)}
    assert codes(post(client, instance, many)) == ["unknown_member"] * 20
    asked = {"op": "DES", "target": {"query": "t"}, "table": "t"}
    assert codes(post(client, instance, asked)) == ["unknown_member"]
    assert codes(strictly(client, instance, asked)) == ["unknown_member"]


def test_faults_f7_a_repeat_gets_the_same_warnings(client, instance):
    body = operation("ALT", {"id": "none"}) | {"table": "t"}
    key = {"Idempotency-Key": "k"}
    refused = client.post(f"/{instance}/operations", body, headers={**key, "Choreo-Strict": "true"})
    assert refused.status == 409 and head(client, instance) == 0  # and the key is not used up
    first = client.ok(client.post(f"/{instance}/operations", body, headers=key))
    assert codes(first) == ["unknown_member", "no_entity"]
    again = client.ok(client.post(f"/{instance}/operations", body, headers=key))
    assert again == first | {"duplicate": True} and head(client, instance) == 1


def test_faults_f7_an_ins_without_an_id_gets_one(client, instance):
    body, key = operation("INS", {"name": "Ann"}), {"Idempotency-Key": "k"}
    first = client.ok(client.post(f"/{instance}/operations", body, headers={**key, "Choreo-Strict": "true"}))
    assert first["id"] == first["guid"] and "_warnings" not in first
    again = client.ok(client.post(f"/{instance}/operations", body, headers=key))
    assert again == first | {"duplicate": True}
    assert client.operations(instance)[0]["target"] == {"id": first["id"], "name": "Ann"}
    assert entity(client, instance, "t", first["id"])["name"] == "Ann"
    assert client.ok(client.get(f"/{instance}/biography/{first['id']}"))["operation_count"] == 1
    other = client.post(f"/{instance}/operations", operation("INS", {"name": "Bob"}), headers=key)
    assert other.status == 409

    guid = "0190b7a2-5d3c-7c4e-8f10-2a3b4c5d6e7f"
    own = post(client, instance, operation("INS", {"name": "Cleo"}) | {"guid": guid.upper()})
    assert own["id"] == own["guid"] == guid
    assert post(client, instance, operation("INS", {"name": "Cleo"}) | {"guid": guid}) == own | {"duplicate": True}
    dots = post(client, instance, {"op": "INS", "target": "tables.t", "operand": {"fields.name": "Dee"}})
    assert entity(client, instance, "t", dots["id"])["name"] == "Dee"
    assert "id" not in post(client, instance, operation("INS", {"id": "e"}))
    tried = client.ok(client.post(f"/{instance}/operations?dry_run=true", body))
    assert tried["id"] == tried["guid"]
    client.ok(client.post(f"/instances/{instance}/seed", {"operations": [{**body, "ts": "2026-01-05"}]}))
    last = client.operations(instance)[-1]
    assert last["target"] == {"id": last["guid"], "name": "Ann"}
    states = client.get(f"/{instance}/state/t").body
    assert client.post(f"/instances/{instance}/rebuild", {}).status == 200
    assert client.get(f"/{instance}/state/t").body == states


def test_faults_f7_an_ins_without_an_id_that_a_rule_makes_gets_one(client, instance):
    action = {"op": "INS", "target_template": {"of": "{trigger.id}"}, "context": {"table": "made"}}
    post(client, instance, rule({"op": "ALT"}, "r", action))
    post(client, instance, operation("INS", {"id": "a"}))
    told = post(client, instance, operation("ALT", {"id": "a"}))
    assert told["generated"][0]["target"] == {"id": f"r-{told['op_id']}", "of": "a"}
    assert entity(client, instance, "made", f"r-{told['op_id']}")["of"] == "a"


def test_faults_f7_strictness_of_an_instance_and_of_a_request(client, instance):
    nothing = operation("ALT", {"id": "none"})
    for wrong in ("yes", "1", "True"):
        answer = client.post(f"/{instance}/operations", nothing, headers={"Choreo-Strict": wrong})
        assert (answer.status, answer.json["code"]) == (400, "bad_strict")
    assert client.ok(client.post(f"/{instance}/operations", nothing, headers={"Choreo-Strict": "false"}))["op_id"] == 1

    post(client, instance, operation("INS", {"id": "settings", "strict": True}, "_rules"))
    for headers in ({}, {"Choreo-Strict": "false"}):
        for query in ("", "?dry_run=true", "?progress=true"):
            refused = client.post(f"/{instance}/operations{query}", nothing, headers=headers)
            assert (refused.status, refused.json["code"]) == (409, "refused_for_warnings")
    assert head(client, instance) == 2
    post(client, instance, operation("INS", {"id": "a"}))
    client.ok(client.post(f"/instances/{instance}/seed", {"operations": [nothing]}))  # history is not asked
    action = {"op": "ALT", "target_template": {"id": "none"}, "context": {"table": "t"}}
    post(client, instance, rule({"op": "INS"}, "r", action))
    assert post(client, instance, operation("INS", {"id": "b"}))["generated_count"] == 1  # nor is a rule
    post(client, instance, operation("NUL", {"id": "settings"}, "_rules"))
    assert codes(post(client, instance, nothing)) == ["no_entity"]


def test_faults_f7_a_refusal_leaves_its_neighbours(stack, instance):
    """Strict and other requests of the same group commit."""
    client = stack.client()
    with ThreadPoolExecutor(8) as pool:

        def send(number):
            own = stack.client()
            bad = number % 2 == 0
            body = operation("ALT", {"id": "none"}) if bad else operation("INS", {"id": f"e{number}"})
            headers = {"Choreo-Strict": "true"}
            return own.post(f"/{instance}/operations", body, headers=headers).status == (409 if bad else 200)

        assert all(pool.map(send, range(80)))
    assert head(client, instance) == 40
    assert client.ok(client.get(f"/{instance}/state/t"))["count"] == 40


def test_faults_f7_browsers_may_send_the_header(client, instance):
    preflight = client.request("OPTIONS", f"/{instance}/operations")
    assert "Choreo-Strict" in preflight.headers["Access-Control-Allow-Headers"]
