"""Bodies: repeated keys, texts that a refusal quotes, media types, byte order marks, encodings and codings."""

import gzip
import json
import socket

import pytest

INS = {"op": "INS", "target": {"id": "a", "v": 1}, "context": {"table": "things"}}
LINES = json.dumps(INS) + "\n" + json.dumps({**INS, "target": {"id": "b"}}) + "\n"


def refused(answer, status, code):
    assert answer.status == status, answer
    assert answer.json["code"] == code, answer
    return answer.json


def raw(stack, head, body=b""):
    """Sends bytes as they are; the answer's head and body."""
    with socket.create_connection(("127.0.0.1", stack.port), timeout=30) as connection:
        connection.sendall(head + b"\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


ROUTES_OF_OBJECTS = ["/instances", "/{}/webhooks", "/instances/{}/seed", "/auth/session", "/{}/operations"]


@pytest.mark.parametrize("route", ROUTES_OF_OBJECTS)
@pytest.mark.parametrize("before", range(95, 103))
def test_faults_c1_a_repeated_key_with_an_escape_where_it_is_cut(client, instance, route, before):
    for escape in (r"\"", r"\\", r"\n", r"\u0007", "é", "😀"):
        key = "a" * before + escape
        answer = client.post(route.format(instance), body=f'{{"{key}":1,"{key}":2}}')
        error = refused(answer, 400, "duplicate_key")["error"]
        assert "std::" not in error and "substr" not in error and "basic_string" not in error, error
        assert len(error) < 300


def test_faults_c2_a_path_is_quoted_in_whole_characters(client):
    for text in ("é" * 150, "é" * 149 + "x", "😀" * 70, "x" + "語" * 90):
        for path in (f"/{client_quote(text)}", f"/a/b/c/{client_quote(text)}", f"/instances/{client_quote(text)}/x/y"):
            answer = client.get(path)
            assert answer.status == 404, answer
            assert answer.text.count("�") == 0, answer
            assert len(answer.body) < 1000, answer


def client_quote(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


def test_faults_c2_what_is_named_in_a_path_is_shortened(client, instance):
    long = client_quote("é" * 2000)
    for path in (f"/{instance}/state/{long}/{long}", f"/{instance}/webhooks/{long}", f"/{long}/state/t"):
        answer = client.get(path)
        assert answer.status == 404 and len(answer.body) < 1000, answer
        assert "…" in answer.json["error"], answer


@pytest.mark.parametrize("route", ["/instances", "/{}/operations", "/instances/{}/seed"])
def test_faults_c2_raw_bytes_in_a_content_type_come_back_as_utf_8(stack, instance, route):
    head = b"POST " + route.format(instance).encode() + b" HTTP/1.1\r\nContent-Type: image/"
    for ending in (b"\xff\xfe", "é".encode() * 200, b"x" * 99 + "é".encode()):
        status, body = raw(stack, head + ending, b"{}")
        assert status == 415, body
        assert json.loads(body.decode("utf-8"))["code"] == "not_json"
        assert len(body) < 500


def test_faults_c2_members_and_methods_are_shortened(client, stack, instance):
    name = "é" * 500
    url = {"url": "http://127.0.0.1:9/"}
    for body in ({**url, "filter": [name]}, {**url, "headers": {name: "x"}}, {**url, "headers": {"Webhook-" + "x" * 600: "x"}}):
        answer = client.post(f"/{instance}/webhooks", body)
        assert answer.status == 400 and len(answer.body) < 1000, answer
    hook = client.ok(client.post(f"/{instance}/webhooks", url))["added"]["id"]
    for answer in (
        client.patch(f"/{instance}/webhooks/{hook}", {name: 1}),
        client.post(f"/{instance}/webhooks/{hook}/replay", {name: 1}),
        client.post(f"/{instance}/operations", {"op": name, "target": {}}),
        client.get(f"/{instance}/query?q={client_quote('state(' + name + ')')}"),
        client.get(f"/{instance}/state/t?at={client_quote(name)}"),
    ):
        assert answer.status == 400 and len(answer.body) < 1500, answer
        assert "�" not in answer.text
    status, body = raw(stack, b"X" * 200 + b" /instances HTTP/1.1")
    assert status in (400, 405) and len(body) < 500, body


@pytest.mark.parametrize(
    "media",
    [
        "application/x-ndjson", "Application/X-NDJSON; charset=utf-8", "application/ndjson", "application/jsonl",
        "APPLICATION/JSONL", "application/x-ndjson;charset=utf-8", "application/x-ndjson ; a=b", "\tapplication/ndjson",
    ],
)
def test_faults_c9_media_types_of_lines(client, slug, media):
    answer = client.post(f"/instances/{slug}/seed", body=LINES, headers={"Content-Type": media})
    assert client.ok(answer)["appended"] == 2


@pytest.mark.parametrize("media", ["application/x-ndjsonfoo", "application/x-ndjson/x", "application/ndjson+x", "text/plain"])
def test_faults_c9_other_media_types_are_one_json_document(client, slug, media):
    refused(client.post(f"/instances/{slug}/seed", body=LINES, headers={"Content-Type": media}), 400, "bad_json")
    answer = client.post(f"/instances/{slug}/seed", {"operations": [INS]}, headers={"Content-Type": media})
    assert client.ok(answer)["appended"] == 1


@pytest.mark.parametrize("media", ["Text/HTML", "IMAGE/png", "text/html ;charset=utf-8", "application/Atom+XML", "Multipart/form-data"])
def test_faults_c9_what_is_no_json_is_refused_in_any_spelling(client, instance, media):
    answer = client.post(f"/{instance}/operations", INS, headers={"Content-Type": media})
    refused(answer, 415, "not_json")


def test_faults_c15_a_byte_order_mark_is_skipped(client, instance, slug):
    mark = b"\xef\xbb\xbf"
    assert client.ok(client.post(f"/{instance}/operations", body=mark + json.dumps(INS).encode()))["op_id"] == 1
    seed = json.dumps({"operations": [INS]}).encode()
    assert client.ok(client.post(f"/instances/{slug}-json/seed", body=mark + seed))["appended"] == 1
    for number, lines in enumerate((mark + LINES.encode(), mark + b"\r\n" + LINES.encode())):
        headers = {"Content-Type": "application/x-ndjson"}
        assert client.ok(client.post(f"/instances/{slug}-{number}/seed", body=lines, headers=headers))["appended"] == 2
    assert client.post("/instances", body=mark + json.dumps({"slug": f"{slug}-made"}).encode()).status == 201
    for twice in (mark + mark + b"{}", b"{" + mark + b"}"):
        refused(client.post("/instances", body=twice), 400, "bad_json")


@pytest.mark.parametrize(
    "encoding, name",
    [
        ("utf-16", "UTF-16 (little-endian)"), ("utf-16-le", "UTF-16 (little-endian)"), ("utf-16-be", "UTF-16 (big-endian)"),
        ("utf-32", "UTF-32 (little-endian)"), ("utf-32-le", "UTF-32 (little-endian)"), ("utf-32-be", "UTF-32 (big-endian)"),
    ],
)
def test_faults_c15_utf_16_is_named(client, instance, encoding, name):
    for route, text, media in (
        (f"/{instance}/operations", json.dumps(INS), "application/json"),
        (f"/instances/{instance}/seed", LINES, "application/x-ndjson"),
        ("/instances", '{"slug":"a"}', "application/json"),
    ):
        answer = client.post(route, body=text.encode(encoding), headers={"Content-Type": media})
        assert name in refused(answer, 400, "bad_utf8")["error"]
    assert client.operations(instance) == []


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", "br", "deflate", "zstd", "gzip, identity", "x" * 300])
def test_faults_c15_a_coding_is_refused_by_name(client, instance, coding):
    for route, media in ((f"/{instance}/operations", "application/json"), (f"/instances/{instance}/seed", "application/jsonl")):
        headers = {"Content-Encoding": coding, "Content-Type": media}
        answer = client.post(route, body=gzip.compress(json.dumps(INS).encode()), headers=headers)
        assert f"'{coding[:60]}" in refused(answer, 415, "unsupported_coding")["error"]
        assert answer.headers["Accept-Encoding"] == "identity"


def test_faults_c15_what_is_compressed_without_saying_so_is_named(client, instance):
    body = gzip.compress(json.dumps(INS).encode())
    for media in ("application/json", "application/x-ndjson"):
        answer = client.post(f"/instances/{instance}/seed", body=body, headers={"Content-Type": media})
        assert "'gzip'" in refused(answer, 415, "unsupported_coding")["error"]
    plain = client.post(f"/{instance}/operations", INS, headers={"Content-Encoding": "identity"})
    assert client.ok(plain)["op_id"] == 1
