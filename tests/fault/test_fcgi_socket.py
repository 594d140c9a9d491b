"""What speaks to the workers' socket and is no nginx: garbage, halves of requests, readers that take nothing. The workers go on
serving, grow by nothing, and stop in time."""

import random
from contextlib import ExitStack

from support.fcgi import BEGIN, PARAMS, STDIN, connect, head, record
from support.measure import resident_bytes
from support.stack import sanitized
from support.waiting import wait_until

GROWTH_BYTES = 32 << 20


def is_dropped(connection):
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


def resident(stack):
    return sum(resident_bytes(stack.pid(name)) for name in ("fcgi-1", "fcgi-2"))


def test_garbage_is_dropped(stack, client, instance):
    client.insert(instance, "before")
    before = resident(stack)
    dice = random.Random(4)
    request = head("GET", f"/{instance}/operations") + record(STDIN)
    for _ in range(300):
        with connect(stack) as connection:
            body = bytearray(request)
            for _ in range(dice.randrange(1, 4)):
                body[dice.randrange(len(body))] = dice.randrange(256)
            try:
                connection.sendall(dice.choice([bytes(body), dice.randbytes(200), body[: dice.randrange(len(body))]]))
            except (BrokenPipeError, ConnectionResetError):
                pass  # dropped already
    with connect(stack) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: choreo\r\n\r\n")
        assert is_dropped(connection)
    with connect(stack) as connection:
        endless = record(BEGIN, b"\0\1\1\0\0\0\0\0") + record(PARAMS, b"x" * 60000) * 10
        try:
            connection.sendall(endless)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert is_dropped(connection), "parameters have a limit"
    assert client.insert(instance, "after")["op_id"] == 2
    if not sanitized():
        wait_until(lambda: resident(stack) < before + GROWTH_BYTES, "the workers have not grown")


def test_requests_that_never_end_hold_nobody_up(stack, client, instance):
    """More of them than there are threads, with small bodies and with ones that a thread would read."""
    with ExitStack() as connections:
        for n in range(200):
            connection = connections.enter_context(connect(stack))
            connection.sendall(head("POST", f"/{instance}/operations", 1000) + record(STDIN, b'{"op":"INS"'))
        for n in range(20):
            assert client.insert(instance, f"e{n}")["op_id"] == n + 1
        assert client.get(f"/{instance}/operations").json["count"] == 20
    assert client.head(instance) == 20, "a request without its end is none"


def test_an_answer_that_nobody_reads_holds_nobody_up(stack, client, instance):
    client.ok(client.post(f"/instances/{instance}/seed", {"operations": [
        {"op": "INS", "target": {"id": f"e{n}", "text": "x" * 1000}, "context": {"table": "t"}} for n in range(2000)
    ]}))
    with ExitStack() as connections:
        for _ in range(20):
            connection = connections.enter_context(connect(stack))
            connection.sendall(head("GET", f"/{instance}/operations?limit=10000") + record(STDIN))
        assert client.get(f"/{instance}/state/t/e1").status == 200
        assert client.insert(instance, "more")["op_id"] == 2001


def test_requests_one_after_the_other_on_a_kept_connection(stack, client, instance):
    body = b'{"op":"INS","target":{"id":"x"},"context":{"table":"t"}}'
    post = head("POST", f"/{instance}/operations", len(body)) + record(STDIN, body) + record(STDIN)
    get = head("GET", f"/{instance}/operations") + record(STDIN)
    with connect(stack) as connection:
        for n in range(50):
            for request in (post, get):
                connection.sendall(request)
                answer = b""
                while b"\x01\x03\x00\x01\x00\x08" not in answer:  # END_REQUEST
                    piece = connection.recv(65536)
                    assert piece, "the connection is kept"
                    answer += piece
                assert b"Status: 200" in answer
    assert client.head(instance) == 50
