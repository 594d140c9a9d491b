"""What an operation means, where version 0.1.0 got it wrong: members that are no fields, entities merged into themselves,
snapshots without keys, times that cannot be kept, rules that never fire."""

import json
from urllib.parse import quote

import pytest

from support.requests import entity, head, ingest, operation, post, query, rule


# --- B11


def test_faults_b11_an_export_that_was_read_may_be_ingested_again_and_again(client, instance):
    for number in range(3):
        post(client, instance, operation("INS", {"id": f"e{number}", "x": number}, frame={"source": "walk"}))
    post(client, instance, operation("SEG", {"id": "e0", "boundary": "north"}))
    post(client, instance, operation("DES", {"id": "e1", "n": 1}, frame={"source": "walk"}))
    post(client, instance, operation("SYN", {"merge_into": "e1", "merge_from": "e2"}))
    rows = client.get(f"/{instance}/state/t").json["entities"]
    rows[0]["x"] = "edited"
    first = post(client, instance, ingest(rows))
    assert [made["target"] for made in first["generated"]] == [{"id": "e0", "x": "edited"}]
    for _ in range(3):
        assert post(client, instance, ingest(rows))["generated"] == []
    dead = query(client, instance, "state(context.table=t, _include_dead=true)")["entities"]
    assert post(client, instance, ingest([row for row in dead if row["_alive"]]))["generated"] == []


@pytest.mark.parametrize("name", ["_ops", "_provenance", "_des", "_seg", "_syn_from"])
def test_faults_b11_no_row_and_no_target_sets_what_the_projection_keeps(client, instance, name):
    post(client, instance, operation("INS", {"id": "a", "x": 1}))
    before = entity(client, instance, "t", "a")
    assert post(client, instance, ingest([{"id": "a", name: "nonsense"}]))["generated"] == []
    assert entity(client, instance, "t", "a") == before
    made = post(client, instance, ingest([{"id": "b", "y": 1, name: {"INS": 99}}]))["generated"]
    assert [one["target"] for one in made] == [{"id": "b", "y": 1}]
    post(client, instance, operation("ALT", {"id": "a", name: "nonsense"}))
    post(client, instance, operation("INS", {"id": "c", name: []}))
    assert entity(client, instance, "t", "a") == before | {"_ops": {"INS": 1, "ALT": 1}}
    assert entity(client, instance, "t", "c") == {"id": "c", "table": "t", "alive": True, "_ops": {"INS": 1}}


# --- C7


def every_state(client, instance):
    reads = ["/state/bookings", "/state/bookings/seat", "/biography/seat"]
    reads += ["/state/bookings?at_op=1", "/state/bookings/seat?at_op=1"]
    return [client.get(f"/{instance}{read}").json for read in reads]


def test_faults_c7_the_servers_members_win(client, instance):
    post(client, instance, operation("INS", {"id": "seat", "table": "12", "alive": True, "row": 4}, "bookings"))
    post(client, instance, operation("CON", {"source": "x", "target": "seat"}))
    shown = {"id": "seat", "table": "bookings", "alive": True, "row": 4, "_ops": {"INS": 1, "CON": 1}}
    assert entity(client, instance, "bookings", "seat") == shown
    assert entity(client, instance, "bookings", "seat?at_op=1") == shown | {"_ops": {"INS": 1}}
    chain = query(client, instance, "state(context.table=none) >> CON()")
    assert chain["con_chain"]["reached"] == []
    post(client, instance, operation("NUL", {"id": "seat"}, "bookings"))
    dead = entity(client, instance, "bookings", "seat")
    assert (dead["alive"], dead["table"], dead["row"]) == (False, "bookings", 4)
    story = client.get(f"/{instance}/biography/seat").json
    assert story["current_state"] == dead and story["states"] == [dead]
    asked = 'state(context.table=bookings, target.table="12", _include_dead=true)'
    assert query(client, instance, asked)["count"] == 0
    conflict = client.post(f"/{instance}/operations", operation("ALT", {"id": "seat"}, "bookings"), headers={"If-Match": '"0"'})
    assert conflict.status == 412 and conflict.json["current"] == dead
    assert client.post(f"/instances/{instance}/rebuild", {}).status == 200
    assert entity(client, instance, "bookings", "seat") == dead


@pytest.mark.parametrize("name", ["id", "table", "alive", "_ops", "_table"])
def test_faults_c7_what_the_server_keeps_is_no_field(client, instance, name):
    post(client, instance, operation("INS", {"id": "a", "x": 1}))
    before, length = entity(client, instance, "t", "a"), head(client, instance)
    for body in (
        operation("NUL", {"entity_id": "a", "field": name}),
        operation("NUL", {"id": "a", "field": name}),
        {"op": "NUL", "target": f"tables.t.a.fields.{name}"},
        operation("SUP", {"id": "a", "field": name, "variants": [1, 2]}),
    ):
        refused = post(client, instance, body, 400)
        assert (refused["code"], refused["field"]) == ("bad_field", "target.field"), refused
        assert json.dumps(name) in refused["error"]
    if name != "id":
        assert post(client, instance, ingest([{"id": "a"}], match_on=name), 400)["code"] == "bad_match_on"
    assert (entity(client, instance, "t", "a"), head(client, instance)) == (before, length)


def test_faults_c7_a_rule_that_would_destroy_no_field_says_so(client, instance):
    action = {"op": "NUL", "target_template": {"entity_id": "{trigger.id}", "field": "{trigger.lost}"}, "context": {"table": "t"}}
    rule = {"id": "r", "trigger": {"op": "ALT"}, "action": action}
    post(client, instance, {"op": "REC", "target": rule, "context": {"type": "feedback_rule"}})
    post(client, instance, operation("INS", {"id": "a", "x": 1}))
    told = post(client, instance, operation("ALT", {"id": "a", "lost": "id"}))
    assert [error["rule"] for error in told["rule_errors"]] == ["r"] and "generated" not in told
    assert entity(client, instance, "t", "a")["id"] == "a"


# --- B12


def test_faults_b12_an_entity_is_not_merged_into_itself(client, instance):
    post(client, instance, operation("INS", {"id": "7", "x": 1}))
    before, length = entity(client, instance, "t", "7"), head(client, instance)
    for target in ({"merge_into": "7", "merge_from": "7"}, {"primary": 7, "secondary": "7"}):
        assert post(client, instance, operation("SYN", target), 400)["code"] == "merge_into_itself"
    dots = {"op": "SYN", "target": "tables.t", "operand": {"merge.merge_into": "7", "merge.merge_from": "7"}}
    assert post(client, instance, dots, 400)["code"] == "merge_into_itself"
    assert (entity(client, instance, "t", "7"), head(client, instance)) == (before, length)


# --- B10


@pytest.mark.parametrize("absence", ["unchanged", "deleted", "investigate"])
def test_faults_b10_rows_without_any_key_end_nothing(client, instance, absence):
    for name in ("a", "b"):
        post(client, instance, operation("INS", {"id": name, "sku": name}))
    length = head(client, instance)
    for rows, match_on in ([{"id": "a"}, {"id": "b"}], "SKU"), ([{"sku": "a"}], "id"), ([{"sku": None}, {"sku": ""}], "sku"):
        refused = post(client, instance, ingest(rows, match_on=match_on, absence_means=absence), 400)
        assert (refused["code"], refused["field"]) == ("no_row_has_a_key", "frame.match_on")
        assert match_on in refused["error"]
    for query in ("?dry_run=true", "?progress=true"):
        body = ingest([{"sku": "a"}], absence_means=absence)
        assert client.post(f"/{instance}/operations{query}", body).status == 400
    assert head(client, instance) == length
    assert client.ok(client.get(f"/{instance}/state/t"))["count"] == 2


def test_faults_b10_one_key_is_enough_and_an_empty_list_is_a_list(client, instance):
    for name in ("a", "b"):
        post(client, instance, operation("INS", {"id": name}))
    told = post(client, instance, ingest([{"x": 1}, {"id": "a"}], absence_means="deleted"))
    assert told["skipped"] == [0] and [made["op"] for made in told["generated"]] == ["NUL"]
    assert len(post(client, instance, ingest([], absence_means="deleted"))["generated"]) == 1


# --- C8


def test_faults_c8_a_seed_counts_what_was_appended(client, instance):
    guids = [f"0190b7a2-5d3c-7c4e-8f10-2a3b4c5d6e{number:02x}" for number in range(3)]
    operations = [operation("INS", {"id": f"e{n}"}) | {"guid": guid} for n, guid in enumerate(guids)]

    def seed(bodies):
        return client.ok(client.post(f"/instances/{instance}/seed", {"operations": bodies}))["appended"]

    assert seed(operations) == 3
    assert seed(operations) == 0
    assert seed([*operations, operation("INS", {"id": "new"})]) == 1
    assert head(client, instance) == 4
    lines = "".join(json.dumps(body) + "\n" for body in operations)
    answer = client.post(f"/instances/{instance}/seed", body=lines, headers={"Content-Type": "application/x-ndjson"})
    assert client.ok(answer) == {"appended": 0}
    refused = client.post(f"/instances/{instance}/seed", {"operations": [*operations, {"op": "XXX"}]})
    assert (refused.status, refused.json["index"]) == (400, 3)  # its place in the seed, whatever was there already


# --- C11


@pytest.mark.parametrize("ts", ["9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00"])
def test_faults_c11_a_time_that_cannot_be_kept_is_refused(client, instance, ts):
    bodies = [operation("INS", {"id": "a"}), operation("INS", {"id": "b"}) | {"ts": ts}]
    refused = client.post(f"/instances/{instance}/seed", {"operations": bodies})
    assert (refused.status, refused.json["code"], refused.json["index"]) == (400, "bad_timestamp", 1)
    assert ts in refused.json["error"] and head(client, instance) == 0
    lines = "".join(json.dumps(body) + "\n" for body in bodies)
    answer = client.post(f"/instances/{instance}/seed", body=lines, headers={"Content-Type": "application/x-ndjson"})
    assert answer.status == 400
    assert client.get(f"/{instance}/state/t?at={quote(ts)}").status == 400


def test_faults_c11_the_first_and_the_last_time_are_kept(client, instance):
    times = ["0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"]
    bodies = [operation("INS", {"id": "a"}) | {"ts": ts} for ts in times]
    client.ok(client.post(f"/instances/{instance}/seed", {"operations": bodies}))
    assert [one["ts"] for one in client.operations(instance)] == times


# --- C13


@pytest.mark.parametrize("audit", ["true", 1, None, "yes", [], {}])
def test_faults_c13_audit_is_true_or_false(client, instance, audit):
    body = {"op": "DES", "target": {"query": "t"}, "context": {"type": "query"}, "frame": {"audit": audit}}
    refused = post(client, instance, body, 400)
    assert (refused["code"], refused["field"]) == ("bad_audit", "frame.audit")
    assert head(client, instance) == 0
    told = post(client, instance, body | {"frame": {"audit": True}})
    assert told["audited"] is True and head(client, instance) == 1
    assert post(client, instance, body | {"frame": {"audit": False}})["audited"] is False


def test_faults_c13_a_key_repeated_in_a_row_is_refused(client, instance):
    body = (
        '{"op":"REC","target":{"rows":[{"id":"a"},{"id":"b","x":1,"x":2}]},'
        '"context":{"type":"snapshot_ingest","table":"t"}}'
    )
    refused = client.post(f"/{instance}/operations", body=body)
    assert (refused.status, refused.json["code"], refused.json["index"]) == (400, "duplicate_key", 1), refused
    assert head(client, instance) == 0


# --- F10


def test_faults_f10_a_rule_compares(client, instance):
    post(client, instance, rule({"op": "INS", "match": {"target.total": ">100", "context.table": "orders"}}))
    post(client, instance, rule({"where": 'target.total<=1, context.table!="other"'}, "small"))
    fired = {}
    for total in (150, 100, 100.5, 1, 0, "150"):
        told = post(client, instance, operation("INS", {"id": f"o{total}", "total": total}, "orders"))
        fired[total] = [made["context"]["generated_by_rule"] for made in told.get("generated", [])]
    assert fired == {150: ["r"], 100: [], 100.5: ["r"], 1: ["small"], 0: ["small"], "150": []}


@pytest.mark.parametrize("expected", [">", ">>100", "=>100", "> 1 2", "!", ">true", "<null"])
def test_faults_f10_what_cannot_match_is_refused(client, instance, expected):
    refused = post(client, instance, rule({"match": {"target.total": expected}}), 400)
    assert (refused["code"], refused["field"]) == ("bad_rule", "target.trigger.match.target.total")
    seeded = client.post(f"/instances/{instance}/seed", {"operations": [rule({"match": {"target.total": expected}})]})
    assert (seeded.status, seeded.json["index"]) == (400, 0)
    assert head(client, instance) == 0
    hooked = client.post(f"/{instance}/webhooks", {"url": "http://127.0.0.1:9/", "where": f"target.total{expected}"})
    assert hooked.status == 400
