"""Pages of other origins, in a browser that has signed in: what they can make it send, and that the cookie then does not count."""

import pytest

from support.access import Guarded

HOST = "choreo.localhost"  # a name, as on plain http, where browsers send no Sec-Fetch-Site
INSERT = '{"op":"INS","target":{"id":"a"},"context":{"table":"t"}}'
FORMS = ["text/plain", "text/plain;charset=UTF-8", "Text/Plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]


@pytest.fixture(scope="module")
def guarded():
    with Guarded() as made:
        made.all = made.headers("*:admin")
        client = made.stack.client(headers=made.all)
        client.create("shop")
        client.close()
        token = made.token("shop:admin", "*:read")["token"]
        made.host = f"{HOST}:{made.stack.port}"
        made.signed_in = {"Host": made.host, "Cookie": f"choreo_session={token}"}
        made.shown = {"Host": made.host, "Authorization": f"Bearer {token}"}
        yield made


@pytest.fixture
def client(guarded):
    connected = guarded.stack.client()
    yield connected
    connected.close()


def foreign(guarded):
    port = guarded.stack.port
    return [f"http://evil.{HOST}:{port}", f"http://{HOST}:{port + 1}", f"http://{HOST}", "null", "http://evil.test",
            f"http://{HOST}:{port}.evil.test", f"ftp://{HOST}:{port}"]  # fmt: skip


def test_faults_c6_a_page_of_another_origin_writes_nothing(guarded, client):
    before = client.request("GET", "/shop/operations", headers=guarded.shown).json["head"]
    for origin in foreign(guarded):
        for kind in [*FORMS, "application/json", None]:
            headers = {**guarded.signed_in, "Origin": origin, **({"Content-Type": kind} if kind else {})}
            for path, body in (("/shop/operations", INSERT), ("/instances/shop/seed", f'{{"operations":[{INSERT}]}}')):
                answer = client.request("POST", path, body=body, headers=headers)
                assert answer.status == 401 and answer.json["code"] == "token_missing", (origin, kind, answer)
            for method, path in (("POST", "/instances/shop/rebuild"), ("DELETE", "/instances/shop")):
                assert client.request(method, path, headers={**headers, "Content-Length": "0"}).status == 401
    assert client.request("GET", "/shop/operations", headers=guarded.shown).json["head"] == before


def test_faults_c6_nor_does_it_read(guarded, client):
    for origin in foreign(guarded):
        headers = {**guarded.signed_in, "Origin": origin}
        for path in ("/shop/operations", "/shop/stream", "/shop/stream/", "/auth/session", "/metrics"):
            answer = client.request("GET", path, headers=headers)
            assert answer.status == 401, (origin, path, answer)


def test_faults_c6_our_own_page_does_both(guarded, client):
    same = {**guarded.signed_in, "Origin": f"http://{guarded.host}"}
    sent = {"same": same, "silent": guarded.signed_in, "told": {**guarded.signed_in, "Sec-Fetch-Site": "same-origin"}}
    behind = {**guarded.signed_in, "Host": "127.0.0.1:8420", "X-Forwarded-Host": HOST, "Origin": f"https://{HOST}"}
    for name, headers in {**sent, "behind a proxy": behind}.items():
        answer = client.request("POST", "/shop/operations", body=INSERT, headers=headers)
        assert answer.status == 200, (name, answer)
        assert client.request("GET", "/shop/operations", headers=headers).status == 200, name
        assert client.request("POST", "/instances/shop/rebuild", headers=headers).status == 200, name
    with guarded.stack.stream("/shop/stream", headers=same) as stream:
        assert stream.wait_open().status == 200


@pytest.mark.parametrize("kind", FORMS)
def test_faults_c6_what_a_form_can_send_is_refused_with_a_cookie(guarded, client, kind):
    for more in ({}, {"Origin": f"http://{guarded.host}"}, {"Sec-Fetch-Site": "same-origin"}):
        headers = {**guarded.signed_in, "Content-Type": kind, **more}
        answer = client.request("POST", "/shop/operations", body=INSERT, headers=headers)
        assert answer.status == 415 and answer.json["code"] == "not_json", answer
    if "multipart" not in kind:
        shown = client.request("POST", "/shop/operations", body=INSERT, headers={**guarded.shown, "Content-Type": kind})
        assert shown.status == 200, "a program that shows its token may say what it likes"


def test_faults_c6_no_other_page_signs_anybody_in_or_out(guarded, client):
    token = guarded.token("shop:read")["token"]
    for origin in foreign(guarded):
        for kind in ("application/json", *FORMS):
            headers = {"Host": guarded.host, "Origin": origin, "Content-Type": kind}
            for method in ("POST", "DELETE"):
                answer = client.request(method, "/auth/session", body=f'{{"token":"{token}"}}', headers=headers)
                assert answer.status == 403 and answer.json["code"] == "cross_site", (method, origin, answer)
                assert "Set-Cookie" not in answer.headers
    ours = {"Host": guarded.host, "Origin": f"http://{guarded.host}"}
    assert client.request("POST", "/auth/session", json={"token": token}, headers=ours).status == 200
    assert client.request("DELETE", "/auth/session", headers=ours).status == 200
    plain = client.request("POST", "/auth/session", body=f'{{"token":"{token}"}}', headers={"Content-Type": "text/plain"})
    assert plain.status == 415 and "Set-Cookie" not in plain.headers


def test_faults_c6_where_the_page_has_https_its_origin_has_it_too(guarded, client):
    headers = {**guarded.signed_in, "X-Forwarded-Proto": "https"}
    for origin, status in ((f"https://{guarded.host}", 200), (f"http://{guarded.host}", 401)):
        answer = client.request("GET", "/shop/operations", headers={**headers, "Origin": origin})
        assert answer.status == status, (origin, answer)
