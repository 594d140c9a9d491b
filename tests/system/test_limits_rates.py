"""How much one client and one token may ask for, and how it is told."""

import contextlib

import pytest

from support.access import Guarded, bearer
from support.stack import Stack
from support.waiting import wait_until

RATE, STREAMS = 10, 3
MANY = 40 * RATE  # sent as fast as they can be: more than come in the time that gives back as many


def burst(client, path, count, **headers):
    """The answers by status."""
    answers = {}
    for _ in range(count):
        answer = client.get(path, **headers)
        answers.setdefault(answer.status, []).append(answer)
    return answers


def check_refusal(answer):
    assert answer.json["code"] == "too_many_requests" and answer.json["error"]
    assert answer.headers["Retry-After"] == "1" and answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*" and answer.headers["X-Trace-ID"]


def test_a_client_that_asks_too_fast_is_told_to_wait():
    stack = Stack(CHOREO_CLIENT_REQUESTS=str(RATE)).start()
    try:
        client = stack.client()
        wait_until(lambda: client.get("/instances").status == 200, "what the start asked for is forgotten")
        answers = burst(client, "/instances", MANY)
        assert 429 in answers and set(answers) <= {200, 429}
        check_refusal(answers[429][0])
        wait_until(lambda: client.get("/instances").status == 200, "a moment later it is served again")
        client.close()
    finally:
        stack.stop()


def test_streams_of_one_client_are_counted():
    stack = Stack(CHOREO_CLIENT_STREAMS=str(STREAMS)).start()
    try:
        client = stack.client()
        client.create("shop")
        with contextlib.ExitStack() as opened:
            streams = [opened.enter_context(stack.stream("/shop/stream")) for _ in range(STREAMS)]
            assert [stream.wait_open().status for stream in streams] == [200] * STREAMS
            check_refusal(client.get("/shop/stream"))
            assert client.get("/shop/operations").status == 200, "only streams are counted"
            streams[0].close()

            def open_one():
                with stack.stream("/shop/stream") as one:
                    return one.wait_open().status == 200

            wait_until(open_one, "there is room again")
        client.close()
    finally:
        stack.stop()


@pytest.fixture(scope="module")
def guarded():
    with Guarded(CHOREO_TOKEN_REQUESTS=str(RATE)) as made:
        yield made


def test_a_token_is_counted_whoever_shows_it(guarded):
    first, second = (guarded.token("*:read")["token"] for _ in range(2))
    client, other = guarded.stack.client(), guarded.stack.client()
    answers = burst(client, "/instances", MANY, **bearer(first))
    assert set(answers) == {200, 429}
    check_refusal(answers[429][0])
    assert client.get("/instances", **bearer(second)).status == 200
    assert set(burst(other, "/health", RATE * 5)) == {200}, "without a token nothing is counted"
    client.close()
    other.close()


def spellings(token, n):
    """Ways to show one token, of which hardly two are alike."""
    yield "/instances", {"Authorization": f"{'Bearer' if n % 2 else 'bearer'}{' ' * (1 + n)}{token}"}
    yield f"/instances?access_token=ignored-{n}", {"Cookie": f"theme={n}; choreo_session={token}"}
    yield f"/never-was/stream?n={n}&access_token={token}", {}


def test_a_token_has_one_rate_however_it_is_written(guarded):
    client = guarded.stack.client()
    for way in range(3):
        token = guarded.token("*:read")["token"]
        statuses = set()
        for n in range(MANY):
            path, headers = list(spellings(token, n))[way]
            statuses.add(client.request("GET", path, headers=headers).status)
        assert 429 in statuses and statuses <= {200, 400, 404, 429}, (way, statuses)
    client.close()
