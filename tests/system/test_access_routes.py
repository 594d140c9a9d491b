"""CHOREO_AUTH=token: what each route asks of a token, and how it refuses."""

import json
import re
import socket

import pytest

from support.access import Guarded, bearer
from support.stack import REPOSITORY
from support.waiting import wait_until

OPENAPI = json.loads((REPOSITORY / "docs" / "openapi.json").read_text(encoding="utf-8"))
ASKING = ("get", "post", "patch", "delete")
OTHER = {"read": None, "write": "read", "admin": "write"}  # the level below


def routes():
    for path, item in OPENAPI["paths"].items():
        for method in ASKING:
            if method in item:
                yield pytest.param(method.upper(), path, item[method]["x-scope"], id=f"{method.upper()} {path}")


@pytest.fixture(scope="module")
def guarded():
    with Guarded() as made:
        made.all = made.headers("*:admin")
        client = made.stack.client()
        assert client.request("POST", "/instances", json={"slug": "shop"}, headers=made.all).status == 201
        client.close()
        made.cached = {}
        yield made


def headers_for(guarded, scope):
    if scope not in guarded.cached:
        guarded.cached[scope] = guarded.headers(scope)
    return guarded.cached[scope]


def ask(guarded, method, path, headers, **more):
    """A request that is refused for its token, or for what it lacks: nothing that it names is there."""
    client = guarded.stack.client()
    url = re.sub(r"{(slug|instance)}", "never-was", path)
    try:
        return client.request(method, re.sub(r"{\w+}", "x", url), headers=headers, **more)
    finally:
        client.close()


@pytest.mark.parametrize("method, path, scope", routes())
def test_a_route_asks_for_its_scope(guarded, method, path, scope):
    without = ask(guarded, method, path, {})
    if scope == "none":
        assert without.status not in (401, 403), without
        return
    assert without.status == 401 and without.json["code"] == "token_missing"
    assert without.headers["WWW-Authenticate"] == 'Bearer realm="choreo"'
    assert without.headers["Access-Control-Allow-Origin"] == "*" and without.headers["X-Trace-ID"]
    wrong = ask(guarded, method, path, bearer("a.b.c"))
    assert wrong.status == 401 and wrong.json["code"] == "bad_token"
    assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]
    if scope == "any token":
        assert ask(guarded, method, path, headers_for(guarded, "else:read")).status == 200
        return
    instance, _, level = scope.partition(":")
    instance = {"{instance}": "never-was", "{slug}": "never-was"}.get(instance, instance)
    lacking = ["else:admin"] + ([f"{instance}:{OTHER[level]}"] if OTHER[level] else [])
    for scopes in lacking:
        refused = ask(guarded, method, path, headers_for(guarded, scopes))
        assert refused.status == 403, (scopes, refused)
        assert refused.json["code"] == "scope_missing" and refused.json["scope"] == f"{instance}:{level}"
    for scopes in {f"{instance}:{level}", f"*:{level}", "*:admin"}:
        assert ask(guarded, method, path, headers_for(guarded, scopes)).status not in (401, 403), scopes


def test_preflights_and_unknown_addresses_need_no_token(guarded):
    assert ask(guarded, "OPTIONS", "/shop/operations", {}).status == 204
    assert ask(guarded, "GET", "/no/such/thing/here", {}).status == 404
    assert ask(guarded, "HEAD", "/shop/operations", {}).status == 401
    assert "Authorization" in ask(guarded, "OPTIONS", "/shop/operations", {}).headers["Access-Control-Allow-Headers"]


def test_lists_and_health_show_what_the_token_may_see(guarded):
    ask(guarded, "POST", "/instances", guarded.all, json={"slug": "hidden"})
    listed = ask(guarded, "GET", "/instances", headers_for(guarded, "shop:read")).json["instances"]
    assert [one["slug"] for one in listed] == ["shop"]
    assert len(ask(guarded, "GET", "/instances", headers_for(guarded, "*:read")).json["instances"]) >= 2
    for headers in ({}, headers_for(guarded, "shop:admin"), bearer("a.b.c")):
        assert set(ask(guarded, "GET", "/health", headers).json) == {"status"}
    assert "components" in ask(guarded, "GET", "/health", headers_for(guarded, "*:read")).json


def test_without_a_token_health_tells_that_a_part_is_away(guarded):
    def told():
        return ask(guarded, "GET", "/health", {}).json

    wait_until(lambda: told() == {"status": "ok"}, "everything runs")
    with guarded.stack.paused("dispatcher") as pid:
        (guarded.stack.run_dir / "status" / f"choreo-dispatcher.{pid}").unlink()
        assert told() == {"status": "degraded"}
    wait_until(lambda: told() == {"status": "ok"}, "it goes on")


def test_the_cookie_of_a_page_that_signed_in(guarded):
    token = guarded.token("shop:write", subject="the page")
    answer = ask(guarded, "POST", "/auth/session", {}, json={"token": token["token"]})
    cookie = answer.headers["Set-Cookie"]
    assert answer.status == 200 and answer.json["subject"] == "the page" and answer.json["scopes"] == ["shop:write"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "; HttpOnly; SameSite=Strict" in cookie and "Path=/" in cookie and "Secure" not in cookie
    assert 3500 < int(re.search(r"Max-Age=(\d+)", cookie).group(1)) <= 3600
    secure = ask(guarded, "POST", "/auth/session", {"X-Forwarded-Proto": "https"}, json={"token": token["token"]})
    assert secure.headers["Set-Cookie"].endswith("; Secure")
    signed_in = {"Cookie": "theme=dark; " + cookie.partition(";")[0]}
    assert ask(guarded, "GET", "/auth/session", signed_in).json == answer.json
    client = guarded.stack.client()
    insert = {"op": "INS", "target": {"id": "a"}, "context": {"table": "t"}}
    for site, status in (("same-origin", 200), ("none", 200), ("cross-site", 401), ("same-site", 401)):
        sent = client.request("POST", "/shop/operations", json=insert, headers={**signed_in, "Sec-Fetch-Site": site})
        assert sent.status == status or (status == 200 and sent.status < 500 and sent.status not in (401, 403)), (site, sent)
    client.close()
    for method, body in (("POST", {"token": token["token"]}), ("DELETE", None)):
        for headers in ({}, signed_in):
            foreign = ask(guarded, method, "/auth/session", {**headers, "Sec-Fetch-Site": "cross-site"}, json=body)
            assert foreign.status == 403 and foreign.json["code"] == "cross_site" and "Set-Cookie" not in foreign.headers
    shown = {**bearer(token["token"]), "Sec-Fetch-Site": "cross-site"}
    assert ask(guarded, "GET", "/auth/session", shown).status == 200, "a page elsewhere may use a token of its own"
    out = ask(guarded, "DELETE", "/auth/session", signed_in)
    assert out.json == {"signed_out": True} and "Max-Age=0" in out.headers["Set-Cookie"]


@pytest.mark.parametrize("body, status", [({}, 400), ({"token": 7}, 400), ({"token": ""}, 401), ({"token": "x" * 5000}, 401)])
def test_signing_in_with_what_is_no_token(guarded, body, status):
    answer = ask(guarded, "POST", "/auth/session", {}, json=body)
    assert answer.status == status and "Set-Cookie" not in answer.headers and "error" in answer.json


@pytest.mark.parametrize("headers", ["", "Authorization: Bearer a.b.c\r\n", "Cookie: choreo_session=a.b.c\r\n"])
def test_a_large_import_is_refused_before_its_body_is_taken(guarded, headers):
    """Its body goes to a file first: strangers could fill the disk."""
    head = f"POST /instances/shop/seed HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: 8000000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", guarded.stack.port), timeout=30) as connection:
        connection.sendall(head.encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 "), "although nothing of the body was sent"


def test_other_schemes_and_the_query_are_refused_outside_streams(guarded):
    token = headers_for(guarded, "*:admin")["Authorization"].split()[1]
    assert ask(guarded, "GET", "/shop/operations", {"Authorization": f"Basic {token}"}).json["code"] == "bad_token"
    assert ask(guarded, "GET", f"/shop/operations?access_token={token}", {}).json["code"] == "token_missing"
    assert ask(guarded, "GET", "/shop/operations", {"Authorization": f"bearer {token}"}).status == 200


def test_the_table_of_the_documentation_is_that_of_the_routes():
    page = (REPOSITORY / "docs" / "http.md").read_text(encoding="utf-8").split("\n## Access\n")[1].split("\n## ")[0]
    told = {}
    for cell, listed in re.findall(r"^\| ([^|]+) \| (`[A-Z][^|]+) \|$", page, re.MULTILINE):
        scope = {"no token": "none"}.get(cell, cell.strip("`"))
        told.update({route: scope for route in re.findall(r"`([A-Z]+ [^`]+)`", listed)})
    assert told == {f"{p.values[0]} {p.values[1]}": p.values[2] for p in routes()}
