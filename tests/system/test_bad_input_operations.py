"""Everything SPEC 2 refuses: the status, the code, a sentence, and a log that is as it was."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

DEEP = 129
LONG_ID = "x" * 513
LONG_TABLE = "t" * 129


def op(**members):
    return json.dumps({"op": "INS", "target": {"id": "a"}, **members})


def at(address, **operand):
    return json.dumps({"op": "ALT", "target": address, "operand": operand})


def nested(depth):
    """A body of `depth` levels; the body's own object and the target are two of them."""
    return '{"op":"INS","target":{"id":"a","v":' + "[" * (depth - 2) + "]" * (depth - 2) + "}}"


REFUSED = [
    # (name, body, code, field or None)
    ("empty body", "", "bad_json", None),
    ("not JSON", "hello", "bad_json", None),
    ("half an object", '{"op":"INS","target":{"id":"a"}', "bad_json", None),
    ("two values", op() + "{}", "bad_json", None),
    ("trailing comma", '{"op":"INS","target":{"id":"a"},}', "bad_json", None),
    ("single quotes", "{'op':'INS'}", "bad_json", None),
    ("comment", '{"op":"INS",/* */"target":{"id":"a"}}', "bad_json", None),
    ("leading zero", '{"op":"INS","target":{"id":"a","n":01}}', "bad_json", None),
    ("bare minus", '{"op":"INS","target":{"id":"a","n":-}}', "bad_json", None),
    ("plus sign", '{"op":"INS","target":{"id":"a","n":+1}}', "bad_json", None),
    ("number without fraction", '{"op":"INS","target":{"id":"a","n":1.}}', "bad_json", None),
    ("NaN", '{"op":"INS","target":{"id":"a","n":NaN}}', "bad_json", None),
    ("raw control character", '{"op":"INS","target":{"id":"a","s":"x\ny"}}', "bad_json", None),
    ("unknown escape", '{"op":"INS","target":{"id":"a","s":"\\x"}}', "bad_json", None),
    ("NUL byte", b'{"op":"INS",\x00"target":{"id":"a"}}', "bad_json", None),
    ("lone continuation byte", b'{"op":"INS","target":{"id":"a","s":"\x80"}}', "bad_utf8", None),
    ("overlong encoding", b'{"op":"INS","target":{"id":"a","s":"\xc0\xaf"}}', "bad_utf8", None),
    ("encoded surrogate", b'{"op":"INS","target":{"id":"a","s":"\xed\xa0\x80"}}', "bad_utf8", None),
    ("beyond Unicode", b'{"op":"INS","target":{"id":"a","s":"\xf4\x90\x80\x80"}}', "bad_utf8", None),
    ("cut sequence", b'{"op":"INS","target":{"id":"a","s":"\xe2\x82"}}', "bad_utf8", None),
    ("lone high surrogate", '{"op":"INS","target":{"id":"a","s":"\\ud800"}}', None, None),
    ("lone low surrogate", '{"op":"INS","target":{"id":"a","s":"\\udc00"}}', None, None),
    ("surrogates in the wrong order", '{"op":"INS","target":{"id":"a","s":"\\udc00\\ud800"}}', None, None),
    ("lone surrogate in a key", '{"op":"INS","target":{"id":"a","\\ud800":1}}', None, None),
    ("array body", "[]", "not_an_object", None),
    ("string body", '"INS"', "not_an_object", None),
    ("number body", "1", "not_an_object", None),
    ("null body", "null", "not_an_object", None),
    ("nesting of 129", nested(DEEP), "too_deep", None),
    ("nesting of 100,000", nested(100_000), "too_deep", None),
    ("duplicate key in the body", '{"op":"INS","op":"INS","target":{"id":"a"}}', "duplicate_key", "op"),
    ("duplicate unknown key", '{"op":"INS","x":1,"x":1,"target":{"id":"a"}}', "duplicate_key", "x"),
    ("duplicate key in target", '{"op":"INS","target":{"id":"a","v":1,"v":1}}', "duplicate_key", "v"),
    ("duplicate key in context", '{"op":"INS","target":{"id":"a"},"context":{"k":1,"k":2}}', "duplicate_key", "k"),
    ("duplicate key in frame", '{"op":"INS","target":{"id":"a"},"frame":{"k":1,"k":2}}', "duplicate_key", "k"),
    ("duplicate key by escape", '{"op":"INS","target":{"id":"a","v":1,"\\u0076":1}}', "duplicate_key", "v"),
    ("no op", '{"target":{"id":"a"}}', "missing_op", "op"),
    ("unknown op", op(op="ADD"), "unknown_op", "op"),
    ("lower-case op", op(op="ins"), "unknown_op", "op"),
    ("op a number", op(op=1), "unknown_op", "op"),
    ("op null", op(op=None), "unknown_op", "op"),
    ("no target", '{"op":"INS"}', "bad_target", "target"),
    ("target null", op(target=None), "bad_target", "target"),
    ("target a number", op(target=1), "bad_target", "target"),
    ("target an array", op(target=[]), "bad_target", "target"),
    ("context null", op(context=None), "bad_context", "context"),
    ("context a string", op(context="places"), "bad_context", "context"),
    ("frame an array", op(frame=[]), "bad_frame", "frame"),
    ("frame a boolean", op(frame=True), "bad_frame", "frame"),
    ("operand a string", json.dumps({"op": "ALT", "target": "tables.t.a", "operand": "x"}), "bad_operand", "operand"),
    ("operand an array", json.dumps({"op": "ALT", "target": "tables.t.a", "operand": []}), "bad_operand", "operand"),
    ("id empty", op(target={"id": ""}), "bad_id", "id"),
    ("id null", op(target={"id": None}), "bad_id", "id"),
    ("id a boolean", op(target={"id": True}), "bad_id", "id"),
    ("id a fraction", '{"op":"INS","target":{"id":1.5}}', "bad_id", "id"),
    ("id an object", op(target={"id": {}}), "bad_id", "id"),
    ("id of 513 bytes", op(target={"id": LONG_ID}), "bad_id", "id"),
    ("id of 513 bytes in 257 characters", op(target={"id": "é" * 256 + "x"}), "bad_id", "id"),
    ("id with a line break", op(target={"id": "a\nb"}), "bad_id", "id"),
    ("id with NUL", op(target={"id": "a\x00"}), "bad_id", "id"),
    ("id with DEL", op(target={"id": "a\x7f"}), "bad_id", "id"),
    ("entity_id empty", op(op="NUL", target={"entity_id": "", "field": "x"}), "bad_id", "entity_id"),
    ("edge source empty", op(op="CON", target={"source": "", "target": "b"}), "bad_id", "source"),
    ("edge target an object", op(op="CON", target={"source": "a", "target": {}}), "bad_id", "target"),
    ("edge from a list", op(op="CON", target={"from": ["a"], "to": "b"}), "bad_id", "from"),
    ("merge id too long", op(op="SYN", target={"merge_into": LONG_ID, "merge_from": "b"}), "bad_id", "merge_into"),
    ("table a number", op(context={"table": 1}), "bad_table", "table"),
    ("table null", op(context={"table": None}), "bad_table", "table"),
    ("table empty", op(context={"table": ""}), "bad_table", "table"),
    ("table of 129 bytes", op(context={"table": LONG_TABLE}), "bad_table", "table"),
    ("table with a tab", op(context={"table": "a\tb"}), "bad_table", "table"),
    ("address of no table", at("table.places.a", **{"fields.x": 1}), "bad_address", None),
    ("address without anything", at("tables", **{"fields.x": 1}), "bad_address", None),
    ("address with an empty table", at("tables..a", **{"fields.x": 1}), "bad_address", None),
    ("address with an empty id", at("tables.t.", **{"fields.x": 1}), "bad_address", None),
    ("address empty", at("", **{"fields.x": 1}), "bad_address", None),
    ("address with an id too long", at("tables.t." + LONG_ID), "bad_id", None),
    ("address with a table too long", at("tables." + LONG_TABLE + ".a"), "bad_table", None),
    ("two operand keys for one member", at("tables.t.a", **{"fields.x": 1, "conn.x": 2}), "duplicate_key", "x"),
    ("guid no UUID", op(guid="nonsense"), "bad_guid", "guid"),
    ("guid a number", op(guid=7), "bad_guid", "guid"),
    ("coupling above 1", op(op="CON", target={"source": "a", "target": "b", "coupling": 1.01}), "bad_coupling", None),
    ("coupling below 0", op(op="CON", target={"source": "a", "target": "b", "coupling": -0.1}), "bad_coupling", None),
    ("coupling text", op(op="CON", target={"source": "a", "target": "b", "coupling": "0.5"}), "bad_coupling", None),
    ("stance unknown", op(op="CON", target={"source": "a", "target": "b", "stance": "vital"}), "bad_stance", None),
    ("variants no array", op(op="SUP", target={"id": "a", "field": "f", "variants": {}}), "bad_variants", None),
    ("ingest without rows", op(op="REC", target={}, context={"type": "snapshot_ingest"}), "bad_rows", None),
    (
        "ingest with a row that is no object",
        op(op="REC", target={"rows": [{"id": "new"}, 1]}, context={"type": "snapshot_ingest"}),
        "bad_rows",
        None,
    ),
    (
        "ingest with an unknown meaning of absence",
        op(op="REC", target={"rows": []}, context={"type": "snapshot_ingest"}, frame={"absence_means": "gone"}),
        "bad_absence_means",
        None,
    ),
    (
        "ingest with an unknown meaning of null",
        op(op="REC", target={"rows": []}, context={"type": "snapshot_ingest"}, frame={"null_fields_mean": "x"}),
        "bad_null_fields_mean",
        None,
    ),
    (
        "ingest with a key too long in its second row",
        op(op="REC", target={"rows": [{"id": "fine"}, {"id": LONG_ID}]}, context={"type": "snapshot_ingest"}),
        "bad_id",
        None,
    ),
    (
        "rule without action",
        op(op="REC", target={"trigger": {}}, context={"type": "feedback_rule"}),
        "bad_rule",
        None,
    ),
    (
        "rule that would record",
        op(
            op="REC",
            target={"trigger": {}, "action": {"op": "REC", "target_template": {}}},
            context={"type": "feedback_rule"},
        ),
        "bad_rule",
        None,
    ),
]


@pytest.fixture(scope="module")
def untouched(stack):
    """An instance with a little history, and what it looked like before any bad request."""
    client = stack.client()
    client.create("untouched")
    client.insert("untouched", "a", value=1)
    client.append("untouched", "ALT", {"id": "a", "value": 2})
    client.append("untouched", "CON", {"source": "a", "target": "b"})
    return look(client)


def look(client):
    listed = client.ok(client.get("/instances"))["instances"]
    summary = next(one for one in listed if one["slug"] == "untouched")
    counters = {name: summary[name] for name in ("operations", "entities", "tables", "head", "last_op_ts")}
    return counters, client.operations("untouched"), client.ok(client.get("/untouched/state/things"))


def check_refusal(answer, status, code, field=None):
    assert answer.status == status, answer
    assert answer.headers.get_content_type() == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Trace-ID"]
    refusal = answer.json
    assert refusal["error"].strip() and refusal["error"][-1] == ".", "a whole sentence"
    assert code is None or refusal["code"] == code, refusal
    assert refusal["code"] == refusal["code"].lower().replace(" ", "_")
    assert field is None or refusal["field"].split(".")[-1] == field, refusal


@pytest.mark.parametrize("body, code, field", [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused_operation_leaves_no_trace(client, untouched, body, code, field):
    check_refusal(client.post("/untouched/operations", body=body), 400, code, field)
    assert look(client) == untouched


def test_syntax_errors_tell_where(client, untouched):
    answer = client.post("/untouched/operations", body='{"op":"INS","target":{"id":"a","n":01}}')
    assert answer.status == 400 and 34 <= answer.json["position"] <= 37


def test_limits_are_accepted_up_to_the_last_byte(client, instance):
    for body in (nested(DEEP - 1), op(target={"id": "x" * 512}), op(context={"table": "t" * 128})):
        client.ok(client.post(f"/{instance}/operations", body=body))
    assert client.head(instance) == 3


def test_too_large_body_is_413_and_leaves_no_trace(client, untouched):
    body = op(target={"id": "a", "text": "x" * (16 << 20)})
    check_refusal(client.post("/untouched/operations", body=body), 413, None)
    client.close()
    assert look(client) == untouched


def test_the_largest_body_is_taken(client, instance):
    frame = len(op(target={"id": "a", "text": ""}))
    text = "x" * ((16 << 20) - frame)
    client.ok(client.post(f"/{instance}/operations", body=op(target={"id": "a", "text": text})))
    assert client.entity(instance, "_default", "a").json["text"] == text


@pytest.mark.parametrize("content_type", ["image/png", "text/html", "multipart/form-data; boundary=x"])
def test_a_type_that_is_clearly_not_json_is_415(client, untouched, content_type):
    answer = client.post("/untouched/operations", body=op(), headers={"Content-Type": content_type})
    check_refusal(answer, 415, None)
    assert look(client) == untouched


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "application/ld+json", "text/plain", ""])
def test_json_and_unclear_types_are_taken(client, instance, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    client.ok(client.post(f"/{instance}/operations", body=op(), headers=headers))


def test_unknown_members_are_ignored(client, instance):
    client.ok(client.post(f"/{instance}/operations", body=op(comment={"deep": [1, {"x": None}]}, id=99, ts="never")))
    assert [o["id"] for o in client.operations(instance)] == [1]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "POST", "OPTIONS"])
def test_unknown_instance(client, untouched, method):
    answer = client.request(method, "/no-such-instance/state/places")
    if method == "OPTIONS":
        assert answer.status in (200, 204)
    elif method == "GET":
        check_refusal(answer, 404, "unknown_instance")
    else:
        check_refusal(answer, 405 if answer.status == 405 else 404, None)


@pytest.mark.parametrize(
    "method, path, allowed",
    [
        ("DELETE", "/untouched/operations", {"GET", "POST"}),
        ("POST", "/untouched/state/things", {"GET"}),
        ("PUT", "/instances", {"GET", "POST"}),
        ("POST", "/untouched/stream", {"GET"}),
        ("POST", "/health", {"GET"}),
        ("GET", "/demo/seed", {"POST"}),
        ("PATCH", "/untouched/webhooks", {"GET", "POST", "DELETE"}),
    ],
)
def test_wrong_method_is_405_with_allow(client, untouched, method, path, allowed):
    answer = client.request(method, path)
    check_refusal(answer, 405, "method_not_allowed")
    assert allowed <= {name.strip() for name in answer.headers["Allow"].split(",")}


@pytest.mark.parametrize("path", ["/nothing/here/at/all", "/untouched/nothing", "/untouched/state/things/a/b", "/%00"])
def test_unknown_paths_are_404_or_400(client, untouched, path):
    answer = client.get(path)
    check_refusal(answer, answer.status, None)
    assert answer.status in (400, 404)


def test_a_refused_neighbour_does_not_disturb_the_others(stack, client, instance):
    """Good and bad requests at once: the good ones get ids without gap, the bad ones nothing."""

    def send(n):
        own = stack.client()
        body = op(target={"id": f"e{n}"}) if n % 3 else op(target={"id": ""})
        answer = own.post(f"/{instance}/operations", body=body)
        own.close()
        return answer

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(300)))
    assert {answer.status for n, answer in enumerate(answers) if n % 3 == 0} == {400}
    ids = sorted(answer.json["op_id"] for n, answer in enumerate(answers) if n % 3)
    assert ids == list(range(1, 201))
    assert [o["id"] for o in client.operations(instance)] == ids
