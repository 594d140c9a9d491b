"""openapi.json against the running server: every route, method and status in it exists, and no other."""

import http.client
import json
import random
import re

import pytest
from jsonschema import Draft202012Validator

from support import provocations
from support.http_client import Answer
from support.openapi import SHAPE, Document
from support.provocations import NOT_PROVOKED, NOT_PROVOKED_HERE, NOT_PROVOKED_IN_FRONT, World
from support.stack import REPOSITORY

LIMIT = str(provocations.BODY_LIMIT)
SETTINGS = {"CHOREO_MAX_BODY_BYTES": LIMIT, "CHOREO_MAX_SEED_BYTES": LIMIT}

FILE = json.loads((REPOSITORY / "docs" / "openapi.json").read_text(encoding="utf-8"))
DOCUMENT = Document(FILE)
OPERATIONS = dict(DOCUMENT.operations())
PATHS = list(FILE["paths"])
STREAM = "/{instance}/stream"
ODD_REQUESTS = 3000


@pytest.fixture(scope="module")
def world(stack):
    made = World(stack)
    yield made
    made.close()


def methods_of(path):
    return {method for method, known in OPERATIONS if known == path}


def begin_stream(world, ask):
    """A stream has no end: its head, and the first line."""
    connection = http.client.HTTPConnection("127.0.0.1", world.stack.port, timeout=30)
    connection.request(ask.method, ask.url, headers=ask.headers)
    response = connection.getresponse()
    body = response.readline() if response.status == 200 else response.read()
    connection.close()
    return Answer(response.status, response.headers, body)


def send(world, path, ask):
    return begin_stream(world, ask) if (ask.method, path) == ("GET", STREAM) else world.send(ask)


def check(path, ask, answer, status):
    what = f"{ask.method} {ask.url[:300]} → {answer.status}"
    assert answer.status == status, (what, answer)
    response = OPERATIONS[ask.method, path]["responses"].get(str(status)) or DOCUMENT.any_route()[str(status)]
    DOCUMENT.check_answer(answer, response, ask.method, what)
    assert answer.headers["Access-Control-Allow-Origin"] == "*", what


def test_the_document_is_openapi():
    errors = list(Draft202012Validator(SHAPE).iter_errors(DOCUMENT.followed(FILE)))
    assert not errors, (errors[0].json_path, errors[0].message[:500])
    for schema in DOCUMENT.schemas():
        Draft202012Validator.check_schema(schema)
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names))


def test_references_lead_somewhere_and_nothing_is_left_over():
    used = set(re.findall(r'"\$ref": "#/components/([^"]+)"', json.dumps(FILE)))
    there = {f"{kind}/{name}" for kind, parts in FILE["components"].items() for name in parts}
    asked_for = {name for operation in OPERATIONS.values() for one in operation["security"] for name in one}
    assert used | {f"securitySchemes/{name}" for name in asked_for} == there


def test_parameters_of_a_path_are_those_in_it():
    for (method, path), operation in OPERATIONS.items():
        named = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path)), (method, path)


def test_the_server_sends_this_document(client):
    answer = client.get("/openapi.json")
    assert answer.json == FILE
    assert FILE["info"]["version"] == client.get("/").json["version"]


def test_the_routes_are_those_of_the_server(client):
    """GET / lists what the workers' router has, and what the streamer and nginx answer."""
    listed = {(one["method"], re.sub(r"{\w+}", "{}", one["path"])) for one in client.get("/").json["endpoints"]}
    documented = {(method, re.sub(r"{\w+}", "{}", path)) for method, path in OPERATIONS}
    assert {one for one in documented if one[0] not in ("HEAD", "OPTIONS")} == listed
    assert {path for method, path in documented if method == "HEAD"} == {p for m, p in documented if m == "GET"}
    assert {path for method, path in documented if method == "OPTIONS"} == {p for _, p in documented}


@pytest.mark.parametrize("path", PATHS)
def test_the_methods_are_those_of_the_route(world, path):
    documented = methods_of(path)
    preflight = world.client.request("OPTIONS", world.url(path))
    if preflight.headers["Allow"]:
        assert set(preflight.headers["Allow"].split(", ")) == documented
    refusal = DOCUMENT.other_methods(path)
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - documented:
        answer = world.client.request(method, world.url(path))
        assert answer.status == 405, (method, path, answer)
        assert set(answer.headers["Allow"].split(", ")) == documented, (method, path)
        DOCUMENT.check_answer(answer, refusal, method, f"{method} {path}")


def statuses():
    for (method, path), operation in OPERATIONS.items():
        for status in map(int, operation["responses"]):
            if status not in NOT_PROVOKED and (method, path, status) not in NOT_PROVOKED_HERE:
                yield pytest.param(method, path, status, id=f"{method} {path} {status}")


def test_what_is_not_provoked_is_documented():
    documented = {(*one, int(status)) for one, operation in OPERATIONS.items() for status in operation["responses"]}
    assert set(NOT_PROVOKED_HERE) <= documented
    assert set(NOT_PROVOKED) <= {status for _, _, status in documented}
    assert set(NOT_PROVOKED_IN_FRONT) <= set(map(int, DOCUMENT.any_route()))


@pytest.mark.parametrize("method, path, status", statuses())
def test_a_status_is_given(world, method, path, status):
    ask = provocations.request_for(world, method, path, status)
    if ask is not None:
        check(path, ask, send(world, path, ask), status)
        return
    assert status == 503, "no request for this status"
    missing = provocations.missing_for_503(world, method, path)
    ask = provocations.fitting(world, method, path)
    with world.without(missing):
        answer = world.send(ask)
    check(path, ask, answer, status)


@pytest.mark.parametrize("path", PATHS)
def test_answers_of_any_route(world, path):
    method = sorted(methods_of(path) - {"OPTIONS", "HEAD"})[0]
    ask = provocations.fitting(world, method, path)
    for status in map(int, DOCUMENT.any_route()):
        request = provocations.any_route(ask, status)
        if request is None:
            assert status in NOT_PROVOKED_IN_FRONT
        else:
            check(path, request, send(world, path, request), status)


def examples():
    for (method, path), operation in OPERATIONS.items():
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            for name, example in content["examples"].items():
                yield pytest.param(method, path, media, content["schema"], example["value"], id=f"{path} {name}")


@pytest.mark.parametrize("method, path, media, schema, value", examples())
def test_an_example_is_taken(world, method, path, media, schema, value):
    DOCUMENT.check_value(value, schema, "the example")
    ask = provocations.fitting(world, method, path)
    body = value if isinstance(value, str) else json.dumps(value)
    ask = provocations.with_headers(provocations.changed(ask, body=body.encode()), Content_Type=media)
    check(path, ask, world.send(ask), 201 if path == "/instances" else 200)


ODD_VALUES = ["0", "-1", "007", "1e3", "x", "null", "9" * 30, "a b", "ä", "%", "\x00", "'", '"', "{}", "..", "/"]
ODD_VALUES += ["z" * 600]
ODD_BODIES = [b"", b"{", b"[]", b"{}", b"null", b"\xff", b'{"op":"INS"}', b'{"op":"INS","target":{"id":[]}}']
ODD_BODIES += [b'{"url":7}', b'{"slug":"A"}', b'{"operations":[7]}', b'{"op":"DES","target":{"query":"state("}}']


def odd_request(world, rng, method, path, operation):
    """Some of the parameters with odd values, and an odd body."""
    def odd(fitting):
        return rng.choice(ODD_VALUES) if rng.random() < 0.5 else fitting

    usual = {"slug": "unused", "instance": world.slug, "table": "things", "id": "a", "webhook": "wh_0"}
    url = world.url(path, **{name: odd(value) for name, value in usual.items()})
    ask = provocations.Ask(method, url, headers={"Content-Type": "application/json"})
    query = [p["name"] for p in operation["parameters"] if p["in"] == "query" and rng.random() < 0.5]
    ask.url += "?" + "&".join(f"{name}={provocations.quote(rng.choice(ODD_VALUES))}" for name in query)
    for parameter in operation["parameters"]:
        value = rng.choice(ODD_VALUES)
        if parameter["in"] == "header" and rng.random() < 0.3 and value.isprintable() and value.isascii():
            ask.headers[parameter["name"]] = value
    if "requestBody" in operation:
        ask.body = rng.choice(ODD_BODIES)
    return ask


def test_odd_requests_get_no_other_status(world):
    seed = random.randrange(1 << 32)
    rng = random.Random(seed)
    common = set(map(int, DOCUMENT.any_route())) - set(NOT_PROVOKED_IN_FRONT)
    chosen = [one for one in OPERATIONS.items() if one[0][1] != "/demo/seed"]
    for number in range(ODD_REQUESTS):
        (method, path), operation = rng.choice(chosen)
        ask = odd_request(world, rng, method, path, operation)
        answer = send(world, path, ask)
        what = f"seed {seed}, request {number}: {ask} → {answer.status}"
        assert answer.status in common | set(map(int, operation["responses"])), what
        check(path, ask, answer, answer.status)
