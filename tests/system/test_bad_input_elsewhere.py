"""Bad input to instances, seeds, webhooks, conditions, streams, and bytes that are no HTTP."""

import contextlib
import json
import socket

import pytest

INS = {"op": "INS", "target": {"id": "a", "v": 1}, "context": {"table": "things"}}


def refused(answer, status, code=None):
    assert answer.status == status, answer
    body = answer.json
    assert body["error"] and body["code"], body
    assert code is None or body["code"] == code, body
    return body


@pytest.mark.parametrize("slug", ["", "A", "-a", "_a", "a.b", "a b", "a/b", "ä", "x" * 64, "a\n", "..", "%41"])
def test_bad_slugs(client, slug):
    refused(client.post("/instances", {"slug": slug}), 400, "bad_slug")


@pytest.mark.parametrize(
    "slug", "instances ui docs health api metrics mcp capabilities openapi.json ws static".split()
)
def test_reserved_slugs(client, slug):
    refused(client.post("/instances", {"slug": slug}), 400)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"slug":1}', '{"slug":null}', "{", '{"slug":"a","slug":"b"}'])
def test_bad_bodies_for_a_new_instance(client, body):
    refused(client.post("/instances", body=body), 400)


def test_an_instance_exists_once(client, instance):
    refused(client.post("/instances", {"slug": instance}), 409, "instance_exists")


def test_deleting_what_is_not_there(client):
    refused(client.delete("/instances/never-was"), 404, "unknown_instance")


@pytest.mark.parametrize(
    "bad",
    [{"op": "ADD", "target": {}}, {"op": "INS", "target": {"id": ""}}, {"op": "INS"}, 7, {**INS, "ts": "yesterday"}],
)
def test_one_bad_operation_refuses_the_whole_seed(client, slug, bad):
    """…with its index, and an instance that was not there before is not there afterwards."""
    body = refused(client.post(f"/instances/{slug}/seed", {"operations": [INS, INS, bad, INS]}), 400)
    assert body["index"] == 2
    listed = client.ok(client.get("/instances"))["instances"]
    assert slug not in [one["slug"] for one in listed]


def test_a_bad_line_refuses_the_whole_import(client, instance):
    lines = "\n".join([json.dumps(INS), json.dumps(INS), "{broken", json.dumps(INS)])
    answer = client.post(f"/instances/{instance}/seed", body=lines, headers={"Content-Type": "application/x-ndjson"})
    assert refused(answer, 400)["index"] == 2
    assert client.head(instance) == 0


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"operations":{}}', '{"operations":null}'])
def test_bad_seed_bodies(client, instance, body):
    refused(client.post(f"/instances/{instance}/seed", body=body), 400)
    assert client.head(instance) == 0


@pytest.mark.parametrize(
    "registration",
    [
        {},
        {"url": ""},
        {"url": 1},
        {"url": "ftp://example.org/"},
        {"url": "example.org"},
        {"url": "http://user:password@example.org/"},
        {"url": "http://example.org/" + "x" * 2100},
        {"url": "http://127.0.0.1:1/", "filter": "ALT"},
        {"url": "http://127.0.0.1:1/", "filter": ["ADD"]},
        {"url": "http://127.0.0.1:1/", "active": "yes"},
        {"url": "http://127.0.0.1:1/", "secret": "short"},
        {"url": "http://127.0.0.1:1/", "headers": {"Host": "x"}},
        {"url": "http://127.0.0.1:1/", "headers": {"X-A": "a\r\nX-B: b"}},
    ],
    ids=lambda r: json.dumps(r)[:50],
)
def test_bad_webhooks(client, instance, registration):
    refused(client.post(f"/{instance}/webhooks", registration), 400)
    assert client.ok(client.get(f"/{instance}/webhooks"))["webhooks"] == []


def test_removing_a_webhook_that_is_not_there(client, instance):
    url = "http://127.0.0.1:1/none"
    assert client.ok(client.delete(f"/{instance}/webhooks", {"url": url})) == {"removed": url, "remaining": 0}
    refused(client.delete(f"/{instance}/webhooks/wh_000000000000000000000000"), 404)


def test_idempotency_key_with_another_operation_is_409(client, instance):
    headers = {"Idempotency-Key": "key-1"}
    first = client.ok(client.post(f"/{instance}/operations", INS, headers=headers))
    again = client.ok(client.post(f"/{instance}/operations", INS, headers=headers))
    assert again.pop("duplicate") is True and again == first
    other = {**INS, "target": {"id": "b"}}
    refused(client.post(f"/{instance}/operations", other, headers=headers), 409, "idempotency_conflict")
    assert client.head(instance) == 1


def test_if_match_on_another_operation_is_412_with_the_current_value(client, instance):
    client.ok(client.post(f"/{instance}/operations", INS))
    change = {"op": "ALT", "target": {"id": "a", "v": 2}, "context": {"table": "things"}}
    for stale in ('"0"', '"7"'):
        body = refused(client.post(f"/{instance}/operations", change, headers={"If-Match": stale}), 412)
        assert body["current"]["v"] == 1
    client.ok(client.post(f"/{instance}/operations", change, headers={"If-Match": '"1"'}))
    refused(client.post(f"/{instance}/operations", change, headers={"If-Match": '"1"'}), 412)
    assert client.head(instance) == 2


@pytest.mark.parametrize("condition", ["x", '"x"', '"-1"', '"1', '"99999999999999999999"'])
def test_a_condition_that_is_no_operation_is_refused(client, instance, condition):
    answer = client.post(f"/{instance}/operations", INS, headers={"If-Match": condition})
    assert answer.status in (400, 412), answer
    assert client.head(instance) == 0


@pytest.mark.parametrize("query", ["after=x", "after=-1", "limit=0", "limit=x", "after=99999999999999999999"])
def test_bad_pages(client, instance, query):
    refused(client.get(f"/{instance}/operations?{query}"), 400)


def test_a_number_with_zeros_in_front_is_that_number(client, instance):
    client.insert(instance, "a", v=1)
    answer = client.ok(client.get(f"/{instance}/state/things?at_op=001"))
    assert answer["at_op"] == 1 and answer["count"] == 1


@pytest.mark.parametrize("query", ["last_id=x", "last_id=-1", "tail=x", "tail=-1", "op=ADD", "last_id=1e3"])
def test_bad_streams_are_refused_before_they_start(client, instance, query):
    refused(client.get(f"/{instance}/stream?{query}"), 400)


def test_stream_of_an_unknown_instance(client):
    refused(client.get("/never-was/stream"), 404, "unknown_instance")


def exchange(stack, data):
    with socket.create_connection(("127.0.0.1", stack.port), timeout=30) as connection:
        answer = b""
        with contextlib.suppress(ConnectionError):  # it may close without reading all that we send
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while chunk := connection.recv(65536):
                answer += chunk
        return answer


HOST = b"Host: x\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"GARBAGE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
        b"GET /../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /%zz HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /%00 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /a%ff/state/%fe HTTP/1.1\r\n" + HOST + b"\r\n",
        b"POST /a/operations HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n\r\n",
        b"POST /a/operations HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST /a/operations HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /a/operations HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip\r\n\r\nzz\r\n",
        b"POST /a/operations HTTP/1.1\r\n" + HOST + b"Content-Length: 500\r\n\r\n{}",
        b"GET /" + b"x" * 40000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 40000 + b"\r\n\r\n",
        b"GET /a/stream?last_id=%ff HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /a/stream HTTP/1.1\r\n" + HOST + b"Last-Event-ID: \xff\xfe\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X-Trace-ID: \x01\x02\r\ntraceparent: zz\r\n\r\n",
    ],
    ids=range(18),
)
def test_bytes_that_are_no_proper_request(stack, client, data):
    """No 5xx, no crash (the stack's teardown looks for processes that ended), and the next request is served."""
    answer = exchange(stack, data)
    status = answer.split(b" ")[1] if answer.startswith(b"HTTP/") else b""
    assert status[:1] != b"5", answer
    assert client.get("/health").status == 200


def test_errors_of_nginx_have_the_same_form(stack, client):
    for answer in (
        exchange(stack, b"GET /../../x HTTP/1.1\r\n" + HOST + b"\r\n"),
        exchange(stack, b"GET /" + b"x" * 40000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
        exchange(stack, b"POST /ui HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n"),
    ):
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"application/json" in head and b"Access-Control-Allow-Origin: *" in head and b"X-Trace-ID: " in head
        assert json.loads(body)["code"]
