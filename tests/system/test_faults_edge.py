"""What nginx and the workers make of one request: bodies before a worker has seen them, paths, slashes, headers, methods.

Each test names the line of the faults' list that it holds."""

import contextlib
import socket
from pathlib import Path

import pytest

from support.access import Guarded, bearer
from support.waiting import wait_until

BODY_BYTES = 1 << 20  # what is sent of a body that never ends: more than nginx keeps in memory
TOLD_BYTES = 8 << 30


@pytest.fixture(scope="module")
def guarded():
    with Guarded() as made:
        made.all = made.headers("*:admin")
        made.other = made.headers("alpha:admin")
        client = made.stack.client(headers=made.all)
        for slug in ("alpha", "beta"):
            client.create(slug)
        client.close()
        yield made


@pytest.fixture
def admin(guarded):
    client = guarded.stack.client(headers=guarded.all)
    yield client
    client.close()


# --- bodies


def held_bytes(stack):
    """What nginx's processes hold of bodies in files, also in those that have no name any more."""
    held = 0
    temporary = str(stack.run_dir / "temp" / "body")
    for pid in nginx_pids(stack):
        for descriptor in pid.joinpath("fd").iterdir():
            with contextlib.suppress(FileNotFoundError, PermissionError):
                if str(descriptor.readlink()).startswith(temporary):
                    held += descriptor.stat().st_size
    return held


def nginx_pids(stack):
    master = stack.pid("nginx")
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, IndexError):
            parent = int(process.joinpath("stat").read_text().rpartition(")")[2].split()[1])
            if master in (parent, int(process.name)):
                yield process


@contextlib.contextmanager
def unfinished(stack, method, path, headers, length):
    """A request whose body never ends; gives what was answered within a moment, or nothing where nginx reads on."""
    lines = [f"{method} {path} HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in headers.items())]
    lines += ["Transfer-Encoding: chunked"] if length is None else [f"Content-Length: {length}"]
    head = "\r\n".join(lines) + "\r\n\r\n"
    body = b"x" * BODY_BYTES
    if length is None:
        body = f"{BODY_BYTES:x}\r\n".encode() + body
    with socket.create_connection(("127.0.0.1", stack.port), timeout=30) as connection:
        connection.sendall(head.encode())
        with contextlib.suppress(OSError):  # an answer and an end may come before all is sent
            connection.sendall(body)
        connection.settimeout(5)
        answer = b""
        with contextlib.suppress(OSError):
            answer = connection.recv(65536)
        yield answer.decode("utf-8", "replace")


STRANGERS = [{}, {"Authorization": "Bearer a.b.c"}, {"Cookie": "choreo_session=a.b.c"}, {"Authorization": "Basic eDp5"}]
PLACES = [
    "/instances/beta/seed",
    "/instances/beta/seed/",
    "//instances/beta/seed",
    "/instances/beta/rebuild",
    "/instances/beta/see%64",
    "/instances/be%2Fta/seed",
    "/beta/operations",
    "/beta/operations?access_token=x",
    "/beta/webhooks",
    "/beta/stream",
    "/instances",
    "/auth/session",
    "/ui/index.html",
    "/no/such/place/at/all",
]
METHODS = ["POST", "OPTIONS", "GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "FOO"]


@pytest.mark.parametrize("path", PLACES)
def test_faults_a1_no_method_places_a_body_without_a_token_that_may(guarded, path):
    for method in METHODS:
        for length in (TOLD_BYTES, 8_000_000, None):
            for headers in STRANGERS[: 4 if method == "POST" and "seed" in path else 1]:
                with unfinished(guarded.stack, method, path, headers, length) as answer:
                    # The page's files are sent to whoever asks, whatever comes with it, which is thrown away.
                    page = path.startswith("/ui") and method in ("GET", "HEAD", "OPTIONS")
                    allowed = ("HTTP/1.1 4", "HTTP/1.1 20") if page else "HTTP/1.1 4"
                    assert answer.startswith(allowed), (method, path, length, headers, answer)
                    assert page or "application/json" in answer, answer
                    assert "Access-Control-Allow-Origin: *" in answer, answer
                    assert held_bytes(guarded.stack) == 0, (method, path, length, headers)


def test_faults_a1_a_token_that_may_places_one(guarded):
    """So that the test above can fail."""
    with unfinished(guarded.stack, "POST", "/instances/beta/seed", guarded.all, TOLD_BYTES) as answer:
        assert answer == ""
        wait_until(lambda: held_bytes(guarded.stack) > BODY_BYTES / 2, "the body goes to a file")
    wait_until(lambda: held_bytes(guarded.stack) == 0, "it is gone with its connection")


@pytest.mark.parametrize("path", ["/instances/beta/seed", "/beta/operations", "/beta/webhooks", "/instances"])
@pytest.mark.parametrize("length", [8_000_000, None])
def test_faults_a2_a_body_needs_the_scope_of_its_path(guarded, path, length):
    with unfinished(guarded.stack, "POST", path, guarded.other, length) as answer:
        assert answer.startswith("HTTP/1.1 403 ") and '"code":"scope_missing"' in answer, answer
        scope = {"/instances": "*:admin", "/instances/beta/seed": "beta:admin"}.get(path, "beta:write")
        assert f'"scope":"{scope}"' in answer, answer
        assert held_bytes(guarded.stack) == 0


@pytest.mark.parametrize(
    "method, path, status, code",
    [
        ("POST", "/instances/beta/seed", 401, "token_missing"),
        ("PUT", "/instances/beta/seed", 405, "method_not_allowed"),
        ("POST", "/instances/beta/rebuild/x", 404, "not_found"),
        ("POST", "/%ff", 400, "bad_encoding"),
        ("POST", "/instances/%ff/seed", 400, "bad_encoding"),
    ],
)
def test_faults_a2_what_is_refused_before_its_body_is_told_as_ever(guarded, method, path, status, code):
    with unfinished(guarded.stack, method, path, {}, 8_000_000) as answer:
        head, _, body = answer.partition("\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status} ") and f'"code":"{code}"' in body, answer
        assert "X-Trace-ID: " in head and "X-Content-Type-Options: nosniff" in head, head
        assert ("WWW-Authenticate: Bearer" in head) == (status == 401)
        assert ("Allow: POST, OPTIONS" in head) == (status == 405)


def test_faults_a2_large_bodies_that_may_are_served(guarded, admin):
    rows = "".join(f'{{"op":"INS","target":{{"id":"e{n}","text":"{"x" * 1000}"}}}}\n' for n in range(1000))
    answer = admin.post("/instances/beta/seed", body=rows, headers={"Content-Type": "application/x-ndjson"})
    assert admin.ok(answer)["appended"] == 1000
    admin.insert("beta", "large", text="x" * 1_000_000)
    chunks = (part.encode() for part in ('{"op":"INS",', '"target":{"id":"chunked"}}'))
    answer = admin.request("POST", "/beta/operations", body=chunks)
    assert answer.status == 200, answer
    assert admin.get("/beta/state/_default/chunked").status == 200


def test_faults_a1_without_a_worker_nobody_may(guarded):
    """Who cannot be asked has not said yes."""
    client = guarded.stack.client(headers=guarded.all)
    with contextlib.ExitStack() as stopped:
        for worker in ("fcgi-1", "fcgi-2"):
            guarded.stack.kill(worker)
        answer = client.post("/instances/beta/seed", body="x" * 200_000)
        assert answer.status in (200, 400, 502, 503), answer
        stopped.close()
    client.close()
    guarded.stack.wait_healthy()


# --- paths


NAMES = ["../../x", "../stream", "../../ui", "..", ".", "../..", "a/../b", "/", "//x", "a//b", "x/stream", "../../_choreo/session",
         "../../instances/x/seed", "../../auth/session", "./x", "ui", "stream", "..\\x", "%2e%2e", "a?b#c", "../", "x/.."]  # fmt: skip


def encoded(name, how):
    plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~."
    if how == "all":
        plain = ""
    text = "".join(c if c in plain else "".join(f"%{byte:02X}" for byte in c.encode()) for c in name)
    return text.lower() if how == "lower" else text


@pytest.mark.parametrize("how", ["usual", "lower", "all"])
@pytest.mark.parametrize("name", NAMES)
def test_faults_c5_ids_that_look_like_paths_reach_their_entity(stack, client, instance, name, how):
    client.insert(instance, name, table="t")
    for path, member in ((f"/{instance}/state/t/", "id"), (f"/{instance}/biography/", "entity_id")):
        answer = client.get(path + encoded(name, how))
        assert answer.status == 200 and answer.json[member] == name, (path, answer)
        assert answer.headers["Content-Type"] == "application/json"
        head = client.request("HEAD", path + encoded(name, how))
        assert head.status == 200


@pytest.mark.parametrize("name", ["../../x", "../stream", "../../ui", "..", ".", "a//b"])
def test_faults_c5_tables_that_look_like_paths(client, instance, name):
    client.insert(instance, "a", table=name)
    answer = client.get(f"/{instance}/state/{encoded(name, 'usual')}")
    assert answer.status == 200 and answer.json["table"] == name and answer.json["count"] == 1
    assert client.get(f"/{instance}/state/{encoded(name, 'usual')}/a").json["id"] == "a"
    assert client.get(f"/{instance}/gaps/{encoded(name, 'usual')}").status == 200


@pytest.mark.parametrize("path", ["/x/..%2F..%2F..", "/../x", "/x/%2e%2e/%2e%2e/y", "/i/biography/..%2F..%2F..%2Fx"])
def test_faults_c5_a_path_that_leads_above_the_root_is_refused_as_json(client, path):
    answer = client.get(path)
    assert answer.status == 400 and answer.json["code"] == "bad_request", answer
    assert "above the root" in answer.json["error"] and answer.headers["Content-Type"] == "application/json"


def test_faults_c5_nothing_is_answered_by_another_route_than_its_path_names(client, instance):
    """nginx would see another route's path, the page's or a stream's; the worker sees what was sent."""
    for path in (f"/x/..%2F{instance}/operations", "/x/%2e%2e/ui/", f"/{instance}/x/../operations", "/ui/../health", "/./health"):
        answer = client.get(path)
        assert answer.status == 404 and answer.json["code"] == "not_found", (path, answer)


# --- slashes


@pytest.mark.parametrize("end", ["", "/", "//"])
@pytest.mark.parametrize("begin", ["/", "//", "///"])
def test_faults_c4_slashes_too_many_change_nothing(stack, client, instance, begin, end):
    client.insert(instance, "a")
    page = client.get(f"{begin}{instance}/operations{end}?limit=1")
    assert page.status == 200 and page.json["count"] == 1
    assert client.get(f"{begin}{instance}//state/{end}things{end}").json["count"] == 1
    assert client.get(f"{begin}health{end}").status == 200
    assert client.get(f"{begin}ui{end}").headers["Content-Type"].startswith("text/html")
    with stack.stream(f"{begin}{instance}/{end}stream{end}") as stream:
        assert stream.wait_open().status == 200
    seeded = client.post(f"{begin}instances/{instance}/{end}seed{end}", {"operations": []})
    assert seeded.status == 200, seeded
    assert client.post(f"{begin}instances/{instance}/rebuild{end}").status == 200
    assert client.get(f"{begin}auth/session{end}").json == {"auth": "none"}
    assert client.request("OPTIONS", f"{begin}{instance}/stream{end}").headers["Allow"] == "GET, HEAD, OPTIONS"


def test_faults_c4_a_slash_is_no_way_around_the_limit_of_bodies(client, instance):
    """An import may be larger than another body, with a slash too."""
    rows = "".join(f'{{"op":"INS","target":{{"id":"e{n}","text":"{"x" * 100_000}"}}}}\n' for n in range(180))
    for path in (f"/instances/{instance}/seed/", f"//instances/{instance}//seed"):
        answer = client.post(path, body=rows, headers={"Content-Type": "application/x-ndjson"})
        assert answer.status == 200 and answer.json["appended"] == 180


@pytest.mark.parametrize("path", ["/auth/session/", "//auth/session", "/auth//session//", "/%61uth/session", "/auth/session?_=%61"])
def test_faults_c4_no_spelling_passes_the_check_of_who_signs_in(guarded, path):
    client = guarded.stack.client()
    token = guarded.token("*:read")["token"]
    for method in ("POST", "DELETE"):
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.test"}):
            answer = client.request(method, path, json={"token": token}, headers=headers)
            assert answer.status == 403 and answer.json["code"] == "cross_site", (method, path, answer)
            assert "Set-Cookie" not in answer.headers
    assert client.post(path, {"token": token}).status == 200
    client.close()


# --- names


WORDS = ["stream", "operations", "histogram", "state", "query", "biography", "gaps", "webhooks", "seed", "rebuild", "session",
         "demo", "attempts", "dead", "test", "replay", "enable", "rotate-secret", "assets", "none"]  # fmt: skip


@pytest.mark.parametrize("slug", WORDS)
def test_faults_c3_every_name_works_on_every_route(stack, client, slug):
    client.create(slug)
    client.insert(slug, "a", table="t")
    assert client.ok(client.post(f"/instances/{slug}/seed", {"operations": []})) is not None
    assert client.post(f"/instances/{slug}/rebuild").status == 200
    for path in ("operations", "histogram", "state/t", "state/t/a", "query?q=t", "biography/a", "gaps/t", "webhooks"):
        answer = client.get(f"/{slug}/{path}")
        assert answer.status == 200, (path, answer)
    with stack.stream(f"/{slug}/stream") as stream:
        assert stream.wait_open().status == 200
    added = client.ok(client.post(f"/{slug}/webhooks", {"url": "http://127.0.0.1:9/", "active": False}))["added"]
    assert client.get(f"/{slug}/webhooks/{added['id']}").status == 200
    assert client.delete(f"/{slug}/webhooks/{added['id']}").status == 200
    assert set(client.request("OPTIONS", f"/instances/{slug}").headers["Allow"].split(", ")) == {"DELETE", "OPTIONS"}
    assert client.ok(client.delete(f"/instances/{slug}")) == {"slug": slug, "deleted": True}
    assert client.get(f"/{slug}/operations").status == 404


# --- headers


def test_faults_c16_answers_say_how_they_may_be_kept_and_read(client, instance):
    client.insert(instance, "a")
    paths = ["/", "/health", "/docs", "/openapi.json", "/instances", f"/{instance}/operations", f"/{instance}/state/things"]
    paths += [f"/{instance}/state/things/a", "/none/operations", "/none/stream", "/no/such/place", f"/{instance}/state/things?limit=x"]
    for path in paths:
        for method in ("GET", "HEAD", "OPTIONS"):
            headers = client.request(method, path).headers
            assert headers["X-Content-Type-Options"] == "nosniff", (method, path)
            assert headers["Cache-Control"] == "private, no-cache", (method, path)
            assert len(headers.get_all("Cache-Control")) == 1
    assert client.request("DELETE", "/auth/session").headers["Cache-Control"] == "no-store"
    for path in ("/%ff", "/x/../../y", "/_choreo/error"):
        assert client.get(path).headers["X-Content-Type-Options"] == "nosniff", path


def test_faults_c16_the_pages_answers_depend_on_the_coding(client):
    for headers in ({}, {"Accept-Encoding": "gzip"}):
        assert "Accept-Encoding" in client.request("GET", "/ui/", headers=headers).headers["Vary"]


@pytest.mark.parametrize("path", ["/x/stream", "/x/operations", "/"])
def test_faults_c16_a_preflight_allows_what_libraries_for_streams_send(client, path):
    asked = "cache-control,last-event-id,x-requested-with,pragma,authorization"
    answer = client.request("OPTIONS", path, headers={"Origin": "http://x", "Access-Control-Request-Headers": asked})
    allowed = {name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert answer.status == 204 and set(asked.split(",")) <= allowed


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND"])
def test_faults_c16_a_method_of_no_route_is_told_what_the_path_takes(client, instance, method):
    for path, allowed in (
        (f"/{instance}/operations", {"GET", "HEAD", "POST", "OPTIONS"}),
        (f"/instances/{instance}", {"DELETE", "OPTIONS"}),
        (f"/instances/{instance}/seed", {"POST", "OPTIONS"}),
        (f"/{instance}/stream", {"GET", "HEAD", "OPTIONS"}),
        ("/ui/", {"GET", "HEAD", "OPTIONS"}),
        ("/", {"GET", "HEAD", "OPTIONS"}),
    ):
        answer = client.request(method, path)
        assert answer.status == 405 and answer.json["code"] == "method_not_allowed", (path, answer)
        assert set(answer.headers["Allow"].split(", ")) == allowed, path


def test_faults_c16_the_page_tells_what_it_takes(client):
    for path in ("/ui", "/ui/", "/ui/assets/none.js"):
        assert client.request("OPTIONS", path).headers["Allow"] == "GET, HEAD, OPTIONS"
    assert client.get("/ui/").headers["Allow"] is None
    assert client.post("/ui/", {}).headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("name", ["session", "error", "may", "token", "asked", "small", "stream", "spelled", "refused", "method",
                                  "read_only", "undecodable", "none", ""])  # fmt: skip
def test_faults_c16_what_nginx_has_inside_is_not_there_for_clients(client, name):
    for path in (f"/_choreo/{name}", f"//_choreo/{name}", f"/_choreo/{name}/"):
        for method in ("GET", "POST"):
            answer = client.request(method, path)
            assert answer.status in (400, 404, 405), (path, answer)
            assert answer.json["code"] in ("not_found", "bad_slug", "method_not_allowed"), (path, answer)


@pytest.mark.parametrize(
    "path, headers, status",
    [("/ui/", {"Range": "bytes=99999999-"}, 416), ("/ui/", {"If-Match": '"x"'}, 412), ("/ui/none", {}, 404), ("/ui/..%2fx", {}, 404)],
)
def test_faults_c16_whatever_goes_wrong_is_told_as_json(client, path, headers, status):
    answer = client.request("GET", path, headers=headers)
    assert answer.status == status and answer.json["error"] and answer.json["code"], answer
    assert answer.headers["Content-Type"].startswith("application/json") and answer.headers["Access-Control-Allow-Origin"] == "*"
