"""Tokens: made, used, noted, revoked everywhere within a second, expired; never in a log; settings that are refused."""

import os
import subprocess

import pytest

from support.access import Guarded, bearer, make_keys
from support.stack import REPOSITORY, build_dir
from support.waiting import wait_until


@pytest.fixture(scope="module")
def guarded():
    with Guarded() as made:
        made.client = made.stack.client()
        made.all = made.headers("*:admin")
        assert made.client.request("POST", "/instances", json={"slug": "shop"}, headers=made.all).status == 201
        yield made
        made.client.close()


def status(guarded, token):
    return guarded.client.request("GET", "/shop/operations", headers=bearer(token["token"])).status


def listed(guarded, token):
    tokens = guarded.choreoctl.ok("--json", "token", "list").json["tokens"]
    return next(one for one in tokens if one["id"] == token["id"])


def test_a_token_is_listed_noted_and_revoked(guarded):
    token = guarded.token("shop:read", "other:write", subject="n8n")
    assert (token["subject"], token["scopes"], token["last_used"]) == ("n8n", ["shop:read", "other:write"], None)
    assert status(guarded, token) == 200
    wait_until(lambda: listed(guarded, token)["last_used"], "its use is noted")
    assert token["token"] not in guarded.choreoctl.ok("--json", "token", "list").out
    assert f"{token['id']}  n8n" in guarded.choreoctl.ok("token", "list").out
    assert guarded.choreoctl.ok("token", "revoke", token["id"]).out == "1 token revoked\n"
    # Each connection of nginx may lead to another worker.
    wait_until(lambda: [status(guarded, token) for _ in range(8)] == [401] * 8, "no worker takes it", 10)
    assert listed(guarded, token)["revoked"]
    assert guarded.choreoctl("token", "revoke", "never-was").status == 1


def test_all_tokens_of_a_subject(guarded):
    tokens = [guarded.token("shop:read", subject="leaving") for _ in range(3)]
    assert [status(guarded, token) for token in tokens] == [200] * 3
    assert guarded.choreoctl.ok("--json", "token", "revoke", "--subject", "leaving").json == {"revoked": 3}
    wait_until(lambda: [status(guarded, token) for token in tokens * 4] == [401] * 12, "no worker takes them", 10)


def test_a_stream_ends_with_its_token(guarded):
    revoked, kept = guarded.token("shop:read"), guarded.token("shop:read")
    path = "/shop/stream?access_token="
    with guarded.stack.stream(path + revoked["token"]) as stream, guarded.stack.stream(path + kept["token"]) as other:
        assert stream.wait_open().status == 200 and other.wait_open().status == 200
        guarded.choreoctl.ok("token", "revoke", revoked["id"])
        stream.wait(lambda s: s.ended, "ended")
        assert [event.json for event in stream.named("denied")] == [{"code": "token_revoked"}]
        insert = {"op": "INS", "target": {"id": "after"}, "context": {"table": "t"}}
        guarded.client.request("POST", "/shop/operations", json=insert, headers=guarded.all)
        other.wait(lambda s: s.ops(), "still served")
    with guarded.stack.stream(path + revoked["token"]) as again:
        assert again.wait_open().status == 401


def test_a_token_that_expires_ends_its_stream_and_is_refused(guarded):
    token = guarded.token("shop:read", expires="2s")
    with guarded.stack.stream("/shop/stream", headers=bearer(token["token"])) as stream:
        assert stream.wait_open().status in (200, 401)
        stream.wait(lambda s: s.ended, "ended")
    wait_until(lambda: status(guarded, token) == 401, "it has expired")
    body = guarded.client.request("GET", "/shop/operations", headers=bearer(token["token"])).json
    assert body["code"] == "token_expired"


def test_streams_ask_for_the_scope(guarded):
    for path, headers, expected in (
        ("/shop/stream", {}, 401),
        ("/shop/stream", guarded.headers("else:admin"), 403),
        ("/shop/stream?access_token=a.b.c", {}, 401),
        ("/shop/stream", {"Cookie": "choreo_session=" + guarded.token("shop:read")["token"]}, 200),
    ):
        with guarded.stack.stream(path, headers=headers) as stream:
            assert stream.wait_open().status == expected, path


def test_no_log_has_a_token(guarded):
    token = guarded.token("shop:read")["token"]
    with guarded.stack.stream(f"/shop/stream?access_token={token}", resume=True) as stream:
        stream.wait_open()
        guarded.stack.kill("streamer")  # a broken stream is something that nginx logs
        stream.wait(lambda s: s.connections >= 2 and s.status == 200, "came back")
    guarded.stack.wait_healthy()
    guarded.client.request("GET", "/shop/operations", headers=bearer(token))
    guarded.client.request("GET", "/shop/operations", headers={"Cookie": f"choreo_session={token}"})
    # Only streams take a token from the address; nginx logs of other requests too, of a long body that goes to a file.
    long_body = {"op": "INS", "target": {"id": "long", "text": "x" * 300_000}, "context": {"table": "t"}}
    for path in ("/shop/operations", "/instances/shop/seed"):
        refused = guarded.client.request("POST", f"{path}?access_token={token}", json=long_body)
        assert refused.status == 401 and refused.json["code"] == "token_missing"
    logs = list((guarded.stack.run_dir / "log").iterdir())
    wait_until(lambda: '"path":"/shop/stream"' in read(guarded.stack.run_dir / "log" / "access.log"), "it is logged")
    signature = token.rpartition(".")[2]
    assert len(logs) > 4 and [path.name for path in logs if signature in read(path)] == []


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize(
    "words, said",
    [
        (("--scope", "a:read"), "--subject"),
        (("--subject", "n"), "--scope"),
        (("--subject", "n", "--scope", "a:owner"), "read, write or admin"),
        (("--subject", "n", "--scope", "a:read", "--expires", "soon"), "90d"),
        (("--subject", "n", "--scope", "a:read", "--expires", "11000d"), "ten years"),
        (("--subject", 'n"', "--scope", "a:read"), "subject"),
    ],
)
def test_bad_wishes_are_refused(guarded, words, said):
    refused = guarded.choreoctl("token", "create", *words)
    assert refused.status == 2 and said in refused.err and not refused.out


def start(program, tmp_path, **settings):
    return subprocess.run(
        [build_dir() / "bin" / program, "--dir", tmp_path / "data", "--run-dir", tmp_path / "run"],
        env={**{k: v for k, v in os.environ.items() if not k.startswith("CHOREO_")}, **settings},
        capture_output=True,
        text=True,
        timeout=30,
    )


@pytest.mark.parametrize("program", ["choreo-fcgi", "choreo-streamer"])
def test_a_start_with_bad_keys_says_what_to_do(program, tmp_path):
    (tmp_path / "run").mkdir()
    keys = tmp_path / "keys"
    settings = {"CHOREO_AUTH": "token", "CHOREO_KEYS_DIR": str(keys)}
    missing = start(program, tmp_path, **settings)
    assert missing.returncode == 2 and "generate-secrets" in missing.stderr and str(keys) in missing.stderr
    make_keys(keys)
    (keys / "jwt_private.pem").chmod(0o640)
    readable = start(program, tmp_path, **settings)
    assert readable.returncode == 2 and "can be read by others" in readable.stderr
    bad = start(program, tmp_path, CHOREO_AUTH="maybe")
    assert bad.returncode == 2 and "allowed: none, token" in bad.stderr


def test_without_tokens_the_streamer_listens_on_loopback_only(tmp_path):
    (tmp_path / "run").mkdir()
    refused = start("choreo-streamer", tmp_path, CHOREO_STREAMER_LISTEN="0.0.0.0:0", CHOREO_AUTH="none")
    assert refused.returncode == 2 and "CHOREO_AUTH" in refused.stderr


def test_keys_are_made_once_and_private(tmp_path):
    make_keys(tmp_path / "keys")
    files = {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    assert sorted(path.name for path in files) == ["jwt_private.pem", "jwt_public.pem", "totp.key"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in [tmp_path / "keys", *files])
    make_keys(tmp_path / "keys")
    assert {path: path.read_bytes() for path in files} == files
    (tmp_path / "keys" / "jwt_private.pem").unlink()
    (tmp_path / "keys" / "totp.key").unlink()
    alone = subprocess.run([REPOSITORY / "scripts" / "generate-secrets", tmp_path / "keys"], capture_output=True, text=True)
    assert alone.returncode == 1 and "without its private key" in alone.stderr
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["jwt_public.pem"]


@pytest.mark.parametrize("path", ["/instances", "/health", "/never-was/stream"])
def test_without_tokens_only_this_machine_is_served(stack, path):
    client = stack.client()
    passed_on = client.get(path, X_Forwarded_For="203.0.113.7")
    assert passed_on.status == 403 and passed_on.json["code"] == "auth_needed" and "CHOREO_AUTH" in passed_on.json["error"]
    client.get(path)
    assert client.get(path).status in (200, 404)
    assert client.get("/auth/session").json == {"auth": "none"}
    client.close()


def test_the_site_tells_the_processes_of_other_addresses():
    site = (REPOSITORY / "nginx" / "choreo.conf").read_text(encoding="utf-8")
    listed = site.split("map $server_addr $choreo_elsewhere {")[1].split("}")[0].split()
    assert listed == ["~^127\\.", '"";', "::1", '"";', "default", '"1";']
    assert "map $http_x_forwarded_for $choreo_exposed" in site
