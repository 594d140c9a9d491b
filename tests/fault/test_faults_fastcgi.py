"""What one peer of the workers' socket can take from the others: nothing. One worker with two threads."""

import os
import select
import signal
import sqlite3
import threading
import time
from contextlib import ExitStack, closing, contextmanager

from support.fcgi import END_REQUEST, STDIN, connect, get, head, post, read_answer, record
from support.measure import children
from support.others import others_work_for
from support.waiting import wait_until

SETTINGS = {
    "CHOREO_FCGI_PROCESSES": "1",
    "CHOREO_FCGI_THREADS": "2",
    "CHOREO_FCGI_CONNECTIONS": "64",
    "CHOREO_FCGI_WAITING": "4",
    "CHOREO_ANSWER_DEADLINE_SECS": "5",
}
INSERT = b'{"op":"INS","target":{"id":"x"},"context":{"table":"t"}}'


def connections(client):
    [line] = [l for l in client.get("/metrics").text.splitlines() if l.startswith("choreo_connections{process=\"choreo-fcgi\"")]
    return int(line.rpartition(" ")[2])


def seed(client, slug, rows, size):
    operations = [{"op": "INS", "target": {"id": f"e{n}", "text": "x" * size}, "context": {"table": "t"}} for n in range(rows)]
    client.ok(client.post(f"/instances/{slug}/seed", {"operations": operations}))


@contextmanager
def locked(path):
    """Another program holds the database's write lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_faults_b1_connections_that_close_with_half_a_request_are_closed(stack, client, instance):
    half = head("POST", f"/{instance}/operations", 1000) + record(STDIN, b'{"op":"INS"')
    for n in range(400):
        with connect(stack) as made:
            made.sendall(half)
        if n % 20 == 0:
            client.insert(instance, f"e{n}")
    wait_until(lambda: connections(client) < 20, "they are closed", 40)


def test_faults_a10_slow_readers_hold_up_only_themselves(stack, client, instance):
    seed(client, instance, 2000, 1000)
    with ExitStack() as opened:
        slow = [opened.enter_context(connect(stack)) for _ in range(4)]
        for made in slow:
            made.sendall(get(f"/{instance}/state/t"))
        wait_until(lambda: len(select.select(slow, [], [], 0)[0]) == len(slow), "each answer has begun")
        for _ in range(5):
            assert client.get("/health").status == 200
            assert client.get(f"/{instance}/operations?limit=1").status == 200
            assert len(client.get(f"/{instance}/state/t").json["entities"]) == 2000
        answer = read_answer(slow[0])
        assert answer.count(b'"id":"e') == 2000 and END_REQUEST in answer, "one that reads again gets all of it"
        time.sleep(7)  # the deadline and a second
        assert END_REQUEST not in read_answer(slow[1]), "an answer that is not read in time is cut off"


def test_faults_a10_health_needs_no_thread_that_can_be_taken(stack, client, instance):
    client.insert(instance, "first")
    body = b'{"operations":[' + INSERT + b"]}"
    with locked(stack.dir / f"{instance}.db"), ExitStack() as opened:
        waiting = [opened.enter_context(connect(stack)) for _ in range(3)]
        for made in waiting:  # two take the threads
            made.sendall(post(f"/instances/{instance}/seed", body))
        for path in ("/health", "/api/health"):
            assert client.get(path).status == 200
            assert client.request("HEAD", path).status == 200


def test_faults_a14_requests_that_wait_for_a_thread_have_a_bound(stack, client, instance):
    client.insert(instance, "first")
    body = b'{"operations":[' + INSERT + b"]}"
    with ExitStack() as opened:
        asked = [opened.enter_context(connect(stack)) for _ in range(2 + 4 + 3)]
        with locked(stack.dir / f"{instance}.db"):
            for made in asked:
                made.sendall(post(f"/instances/{instance}/seed", body))
            refused = wait_until(lambda: (ready := select.select(asked, [], [], 0)[0]) and len(ready) >= 3 and ready, "refused")
            answers = [read_answer(made) for made in refused]
            # A request that a thread is about to take still counts as one that waits.
            assert 3 <= len(answers) <= 5, "what the threads serve and what may wait is not refused"
            assert all(b"Status: 503" in a and b'"overloaded"' in a and b"Retry-After: " in a for a in answers), answers
        assert all(b"Status: 200" in read_answer(made) for made in asked if made not in refused)


def test_faults_a14_connections_have_a_bound(stack, client, instance):
    with ExitStack() as opened:
        for _ in range(64):
            opened.enter_context(connect(stack))
        with connect(stack) as over:
            over.sendall(get("/instances"))
            answer = read_answer(over)
            assert b"Status: 503" in answer and b'"overloaded"' in answer and b"Retry-After: " in answer, answer

    def works():
        with connect(stack) as made:
            made.sendall(get("/instances"))
            return b"Status: 200" in read_answer(made)

    wait_until(works, "there is room again")


def test_faults_a14_parameters_over_the_limit_are_refused(stack, client, instance):
    with connect(stack) as made:
        made.sendall(head("GET", "/instances", X="x" * 60000) + record(STDIN))
        assert b"Status: 200" in read_answer(made)
    with connect(stack) as made:
        try:
            made.sendall(head("GET", "/instances")[:-8] + record(4, b"x" * 60000) * 5 + record(4) + record(STDIN))
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused already
        assert read_answer(made) == b""


def test_faults_a10_a_stopped_nginx_worker_delays_nobody_else(stack, client, instance):
    """In the middle of large bodies, of which each takes a thread."""
    lines = b"\n".join(b'{"op":"INS","target":{"id":"%d","text":"%s"}}' % (n, b"x" * 1000) for n in range(8000))
    answers = []

    def upload():
        with closing(stack.client(timeout=120)) as sender:
            headers = {"Content-Type": "application/x-ndjson"}
            answers.append(sender.request("POST", f"/instances/{instance}/seed", body=lines, headers=headers).status)

    uploads = [threading.Thread(target=upload) for _ in range(4)]
    for one in uploads:
        one.start()
    stopped = children(stack.pid("nginx"))[0]
    os.kill(stopped, signal.SIGSTOP)
    try:
        others_work_for(stack, instance, 4)
    finally:
        os.kill(stopped, signal.SIGCONT)
    for one in uploads:
        one.join()
    assert answers == [200] * 4


def test_faults_a10_a_peer_that_stops_in_a_body_delays_nobody_else(stack, client, instance):
    with ExitStack() as opened:
        for _ in range(8):  # more than there are threads
            made = opened.enter_context(connect(stack))
            made.settimeout(1)
            try:
                made.sendall(head("POST", f"/{instance}/operations", 1 << 20) + record(STDIN, b"x" * 60000) * 6)
            except TimeoutError:
                pass
        others_work_for(stack, instance, 3)
        assert client.get(f"/{instance}/operations").status == 200


def test_faults_b4_health_does_not_wait_behind_a_registration(stack, client, instance):
    client.ok(client.get(f"/{instance}/webhooks"))
    registered = threading.Event()

    def register():
        with closing(stack.client(timeout=60)) as other:
            other.post(f"/{instance}/webhooks", {"url": "http://192.0.2.1/x"})
        registered.set()

    with locked(stack.dir / ".control" / "control.db"):
        thread = threading.Thread(target=register)
        thread.start()
        for _ in range(20):
            assert client.get("/health").status == 200
        assert client.insert(instance, "e")["op_id"] == 1
        assert not registered.is_set(), "it waits for the lock"
    thread.join()


def test_faults_b5_a_drain_loses_no_half_received_request(stack, client, instance):
    request = post(f"/{instance}/operations", INSERT)
    with connect(stack) as made:
        made.sendall(request[:-30])
        client.insert(instance, "first")  # it has been received by then
        old = stack.terminate("fcgi-1")
        time.sleep(3)  # connections without a request are closed by then
        made.sendall(request[-30:])
        assert b"Status: 200" in read_answer(made)
        stack.wait_replaced("fcgi-1", old)
    assert client.head(instance) == 2
