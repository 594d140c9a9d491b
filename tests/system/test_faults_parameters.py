"""One rule for the parameters, members and conditions of every route: unknown, twice, empty, of the wrong kind."""

import json
import re
import socket

import pytest

from support.openapi import Document
from support.provocations import World, changed, fitting, with_headers
from support.stack import REPOSITORY

DOCUMENT = Document(json.loads((REPOSITORY / "docs" / "openapi.json").read_text(encoding="utf-8")))
OPERATIONS = dict(DOCUMENT.operations())
ROUTES = [one for one in OPERATIONS if one[0] not in ("HEAD", "OPTIONS") and one[1] != "/ui"]
IDS = [f"{method} {path}" for method, path in ROUTES]
INS = {"op": "INS", "target": {"id": "a", "v": 1}, "context": {"table": "things"}}
STREAM = "/{instance}/stream"
MARK = "0123456789abcdef0123456789abcdef"
# Of each parameter's kind, one value that is taken.
VALUES = {"at": "2026-01-01", "from": "2026-01-01", "to": "2030-01-01", "dry_run": "true", "progress": "false", "format": "json"}
VALUES |= {"status": "failed", "q": "state()", "replay": "x", "op": "ALT", "epoch": MARK}


@pytest.fixture(scope="module")
def world(stack):
    made = World(stack)
    yield made
    made.close()


def refused(answer, status, code, field=None):
    assert answer.status == status, answer
    assert answer.json["code"] == code, answer
    assert field is None or answer.json["field"] == field, answer
    return answer.json["error"]


def with_query(ask, query):
    return changed(ask, url=ask.url + ("&" if "?" in ask.url else "?") + query)


def bare(ask):
    return changed(ask, url=ask.url.partition("?")[0])


def documented(method, path):
    return [p["name"] for p in OPERATIONS[method, path]["parameters"] if p["in"] == "query"]


def is_written(world):
    return world.client.get(f"/{world.slug}/operations?limit=1").json["head"]


@pytest.mark.parametrize("method, path", ROUTES, ids=IDS)
def test_faults_f8_an_unknown_parameter_is_refused_on_every_route(world, method, path):
    ask, before = fitting(world, method, path), is_written(world)
    for name in ("nonsense", "Limit", "x" * 400, "%00", ""):
        error = refused(world.send(with_query(ask, f"{name}=1")), 400, "unknown_parameter")
        assert len(error) < 600
    # The sentence lists what the route takes, and the document has the same list.
    listed = re.search(r"nown (?:is|are) (.*)\.$", error)
    # A stream's token is documented with the others' ways to show one.
    assert set(re.split(", | and ", listed[1]) if listed else []) - {"access_token"} == set(documented(method, path)), error
    assert is_written(world) == before


@pytest.mark.parametrize("method, path", ROUTES, ids=IDS)
def test_faults_f8_cache_busters_and_campaigns_are_ignored(world, method, path):
    ask = with_query(fitting(world, method, path), "_=1699&utm_source=mail&utm_campaign=&_=2")
    if path == STREAM:
        ask = with_query(ask, "epoch=x")  # which ends it: the others passed
        refused(world.send(ask), 400, "bad_parameter", "epoch")
    else:
        assert world.send(ask).status in (200, 201, 503), ask


@pytest.mark.parametrize("method, path", ROUTES, ids=IDS)
def test_faults_c12_given_twice_is_refused_and_empty_is_absent(world, method, path):
    ask = fitting(world, method, path)
    alternatives = ("op", "table", "entity", "trace") if path == STREAM else ()
    for name in documented(method, path):
        value = VALUES.get(name, "1")
        if name not in alternatives:
            for second in (value, "", "2"):
                refused(world.send(with_query(bare(ask), f"{name}={value}&{name}={second}")), 400, "bad_parameter", name)
        if name == "epoch":
            refused(world.send(with_query(ask, "epoch=")), 400, "bad_parameter", "epoch")
        elif path == STREAM:
            refused(world.send(with_query(ask, f"{name}=&epoch=x")), 400, "bad_parameter", "epoch")
        elif name == "q":
            refused(world.send(with_query(bare(ask), "q=")), 400, "missing_query")
        else:
            assert world.send(with_query(ask, f"{name}=")).status == 200, name


@pytest.mark.parametrize(
    "path, meant",
    [
        ("operations?dryRun=true", "dry_run"), ("operations?dry-run=true", "dry_run"), ("operations?DRY_RUN=true", "dry_run"),
    ],
)
def test_faults_c13_a_dry_run_that_is_misspelt_appends_nothing(client, instance, path, meant):
    error = refused(client.post(f"/{instance}/{path}", INS), 400, "unknown_parameter")
    assert f"did you mean '{meant}'?" in error
    assert client.operations(instance) == []


@pytest.mark.parametrize(
    "path, meant",
    [
        ("state/t?offset=10", "cursor"), ("state/t?page=2", "cursor"), ("state/t?per_page=5", "limit"), ("state/t?limits=5", "limit"),
        ("state/t?asof=2026-01-01", "at"), ("state/t?atOp=3", "at_op"), ("operations?offset=10", "after"),
        ("operations?Limit=10", "limit"), ("query?query=state()", "q"), ("biography/a?offset=3", "cursor"), ("gaps/t?size=3", "limit"),
        ("histogram?bucket=3", "buckets"), ("stream?tables=orders", "table"), ("stream?ops=ALT", "op"), ("stream?since=3", "last_id"),
        ("stream?lasteventid=3", "lastEventId"), ("stream?token=x", "access_token"),
    ],
)
def test_faults_f9_the_parameter_that_was_meant_is_named(client, instance, path, meant):
    assert f"did you mean '{meant}'?" in refused(client.get(f"/{instance}/{path}"), 400, "unknown_parameter")


def test_faults_f8_a_token_in_the_address_is_not_quoted(client, instance):
    answer = client.get(f"/{instance}/operations?access_token=secret-text")
    assert "secret" not in answer.text and "streams" in refused(answer, 400, "unknown_parameter")


def objects_of_routes(world):
    """(route, its body with one more member) for each route that reads an object, and for those that need none."""
    for method, path in ROUTES:
        if method in ("POST", "PATCH", "DELETE") and path != "/{instance}/operations":
            ask = fitting(world, method, path)
            yield method, path, ask, json.loads(ask.body or b"{}")


def test_faults_f8_an_unknown_member_is_refused_on_every_route(world):
    seen = 0
    for method, path, ask, body in objects_of_routes(world):
        for name in ("nonsense", "__proto__", "é" * 300, ""):
            answer = world.send(changed(ask, body=json.dumps({**body, name: 1}).encode()))
            assert len(refused(answer, 400, "unknown_member")) < 700, (method, path)
        seen += 1
    assert seen >= 15


@pytest.mark.parametrize(
    "given, meant",
    [
        ({"table": "orders"}, "tables"), ({"Active": False}, "active"), ({"maxInFlight": 3}, "max_in_flight"),
        ({"operators": ["ALT"]}, "filter"), ({"header": {}}, "headers"), ({"desciption": "x"}, "description"),
    ],
)
def test_faults_f8_a_member_of_a_registration_that_was_meant_is_named(client, instance, given, meant):
    url = {"url": "http://127.0.0.1:9/hook"}
    error = refused(client.post(f"/{instance}/webhooks", {**url, **given}), 400, "unknown_member", next(iter(given)))
    assert f"did you mean '{meant}'?" in error
    assert client.ok(client.get(f"/{instance}/webhooks"))["webhooks"] == []
    hook = client.ok(client.post(f"/{instance}/webhooks", url))["added"]["id"]
    error = refused(client.patch(f"/{instance}/webhooks/{hook}", given), 400, "unknown_member")
    assert f"did you mean '{meant}'?" in error


def test_faults_f8_operations_take_what_they_do_not_know(client, instance):
    assert client.ok(client.post(f"/{instance}/operations", {**INS, "note": "kept for nobody"}))["op_id"] == 1


@pytest.mark.parametrize("method, path", [one for one in ROUTES if one[0] != "GET"], ids=[i for i in IDS if i[:3] != "GET"])
def test_faults_c13_conditions_that_a_route_does_not_hold_are_refused(world, method, path):
    ask, before = fitting(world, method, path), is_written(world)
    for value in ("*", '"1"', ""):
        refused(world.send(with_headers(ask, If_None_Match=value)), 400, "bad_if_none_match", "If-None-Match")
        if path != "/{instance}/operations":
            refused(world.send(with_headers(ask, If_Match=value)), 400, "bad_if_match", "If-Match")
            refused(world.send(with_headers(ask, Idempotency_Key=value)), 400, "bad_idempotency_key", "Idempotency-Key")
    assert is_written(world) == before


@pytest.mark.parametrize("header, code", [("If-Match", "bad_if_match"), ("Idempotency-Key", "bad_idempotency_key")])
@pytest.mark.parametrize("value", ["", " ", "\t"])
def test_faults_c13_a_header_that_is_empty_is_not_absent(stack, client, instance, header, code, value):
    refused(client.post(f"/{instance}/operations", INS, headers={header: value}), 400, code, header)
    # Also where the line ends right after the colon.
    body = json.dumps(INS).encode()
    head = f"POST /{instance}/operations HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}:\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", stack.port), timeout=30) as connection:
        connection.sendall(head.encode() + body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400") and code.encode() in answer, answer
    assert client.operations(instance) == []


def test_faults_c11_an_offset_is_echoed_as_it_was_sent(client, instance):
    client.append(instance, "INS", {"id": "a"})
    for sent in ("2030-01-01T01:00:00+01:00", "2030-01-01T01:00:00%2B01:00", "2030-01-01+01:00:00%2B01:00"):
        answer = client.ok(client.get(f"/{instance}/state/things?at={sent}"))
        assert answer["at"] in ("2030-01-01T01:00:00+01:00", "2030-01-01 01:00:00+01:00"), answer["at"]
        assert answer["count"] == 1


@pytest.mark.parametrize(
    "sent, shown",
    [
        ("2026-01-01T00:00:00%20%2B02:00", "2026-01-01T00:00:00 +02:00"), ("2026-01-01T00:00:00++02:00", "2026-01-01T00:00:00  02:00"),
        ("2026-13-01T00:00:00%2B02:00", "2026-13-01T00:00:00+02:00"), ("x+y", "x y"), ("2026-01-01T00:00:00+x", "2026-01-01T00:00:00 x"),
    ],
)
@pytest.mark.parametrize("path", ["state/things?at=", "histogram?from=", "histogram?to="])
def test_faults_c11_a_bad_time_is_quoted_as_it_was_sent(client, instance, path, sent, shown):
    assert f"'{shown}'" in refused(client.get(f"/{instance}/{path}{sent}"), 400, "bad_timestamp")
