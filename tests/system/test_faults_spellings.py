"""One token has one rate, whatever it is written like."""

import contextlib

import pytest

from support.access import Guarded, bearer

RATE = 10
MANY = 40 * RATE  # sent as fast as they can be: more than come in the time that gives back as many


@pytest.fixture(scope="module")
def guarded():
    with Guarded(CHOREO_TOKEN_REQUESTS=str(RATE)) as made:
        yield made


def percent(text, n):
    """The text with the character at n percent-encoded, in the one case or the other."""
    n %= len(text)
    code = f"%{ord(text[n]):02X}"
    return text[:n] + (code.lower() if n % 2 else code) + text[n + 1 :]


def ways(token, n):
    """Ways to show the token, of which hardly two are alike: (path, headers), all of them taken."""
    stream = "/never-was/stream"
    yield f"{stream}?access_token={percent(token, n)}", {}
    yield f"{stream}?{percent('access_token', n)}={token}", {}
    yield f"{stream}?{percent('access_token', n)}={percent(percent(token, n), n + 7)}&n={n}", {}
    yield f"{stream}?ACCESS_TOKEN=other-{n}&access_token={token}", {}
    yield f"//never-was//stream/?x={n}&access_token={token}", {}
    yield f"/never-was/{percent('stream', n)}?access_token={token}", {}
    yield stream, {"Cookie": f"Choreo_Session=other-{n}; choreo_session={token}"}
    yield "/instances", {"Cookie": f"CHOREO_SESSION=other-{n}; choreo_session={token}; x={n}"}
    yield "/instances", {"Cookie": f"x={n};choreo_session={token}"}
    yield stream, {"Cookie": f"x={n}; choreo_session={token} ; y={n}"}
    yield "/instances", {"Authorization": f"BeArEr{' ' * (1 + n % 9)}{token}"}
    yield f"{stream}?access_token={percent('other', n)}-{n}", bearer(token)
    yield f"{stream}?access_token={percent(token, n)}", {"Cookie": f"choreo_session=other-{n}"}
    yield f"/instances?access_token=ignored-{n}&%61ccess_token=ignored-{n}", {"Cookie": f"choreo_session={token}"}


@pytest.mark.parametrize("way", range(len(list(ways("x.y.z", 0)))))
def test_faults_a12_a_token_has_one_rate_however_it_is_written(guarded, way):
    token = guarded.token("*:read")["token"]
    client = guarded.stack.client()
    served = 0
    with contextlib.closing(client):
        for n in range(MANY):
            path, headers = list(ways(token, n))[way]
            status = client.request("GET", path, headers=headers).status
            assert status in (200, 400, 404, 429), (path, headers, status)
            served += status != 429
        others = {client.get("/instances", **bearer(token)).status for _ in range(RATE // 2)}
        assert 429 in others, "another way has no rate of its own, which would let all of these pass"
    assert served < MANY


def test_faults_a12_a_token_in_an_odd_spelling_is_taken_as_it_is(guarded):
    """What a worker decodes is what the streamer checks."""
    token = guarded.token("*:read")["token"]
    client = guarded.stack.client()
    with contextlib.closing(client):
        assert client.get(f"/never-was/stream?access_token={percent(token, 3)}").status == 404
        for wrong in ("%20", "%0A", "%22", "%7B", "", "%E2%82%AC", "x" * 5000, token + "%00", "%2E%2E"):
            answer = client.get(f"/never-was/stream?%61ccess_token={wrong}")
            assert answer.status in (400, 401) and answer.json["code"] in ("bad_token", "token_missing", "bad_encoding"), answer
        assert client.get("/never-was/stream?%ff=1").json["code"] == "bad_encoding"
