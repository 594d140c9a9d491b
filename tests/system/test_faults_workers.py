"""Two worker processes on one socket and one instance, with fewer threads than there are clients."""

import os
from concurrent.futures import ThreadPoolExecutor

from support.waiting import wait_until
from support.writers import Writers, check_log

SETTINGS = {"CHOREO_FCGI_THREADS": "4"}


def test_two_workers_append_to_one_instance(stack, client, instance):
    with Writers(stack, instance, keyed=8, plain=8) as writers:
        writers.progress(5)
        # nginx keeps its connections, perhaps all to one of them: where one stops, they go to the other.
        for name, other in (("fcgi-1", "fcgi-2"), ("fcgi-2", "fcgi-1")):
            stack.wait_replaced(name, stack.terminate(name))
            wait_until(lambda other=other: has_open(stack.pid(other), f"{instance}.db"), f"{other} has the database open")
        writers.progress(30)
    operations = client.operations(instance)
    check_log(operations, writers)
    assert all(not writer.unanswered for writer in writers.all), "nothing was killed, so everything was answered"
    times = [o["ts"] for o in operations]
    assert times == sorted(times)


def has_open(pid, name):
    links = []
    for descriptor in os.listdir(f"/proc/{pid}/fd"):
        try:
            links.append(os.readlink(f"/proc/{pid}/fd/{descriptor}"))
        except FileNotFoundError:
            pass
    return any(link.endswith(f"/{name}") for link in links)


def test_the_same_key_through_both_workers_appends_once(stack, client, instance):
    """One key, many senders at once: one operation, one id for all."""
    def send(_):
        own = stack.client()
        answer = own.post(
            f"/{instance}/operations",
            {"op": "INS", "target": {"id": "once"}},
            headers={"Idempotency-Key": "the-key"},
        )
        own.close()
        return own.ok(answer)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(64)))
    assert {answer["op_id"] for answer in answers} == {1}
    assert sum(1 for answer in answers if not answer.get("duplicate")) == 1
    assert client.head(instance) == 1


def test_more_clients_than_threads_all_get_answers(stack, client, instance):
    """48 clients that write, 8 threads for everything else, and new clients in between."""
    with Writers(stack, instance, keyed=0, plain=48) as writers:
        writers.progress(3)
        for _ in range(10):
            fresh = stack.client(timeout=10)
            assert fresh.get("/health").status == 200
            fresh.close()
        writers.progress(3)
    check_log(client.operations(instance), writers)
