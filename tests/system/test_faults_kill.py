"""kill -9 of every process while writers write: what was acknowledged is in the log exactly once, streams lose and
repeat nothing, webhooks miss nothing."""

import os
import signal
import subprocess

import pytest

from support.stack import Stack
from support.waiting import wait_until
from support.writers import Writers, check_log

KILLS = 3
VICTIMS = [
    ["broker"],
    ["fcgi-1"],
    ["fcgi-1", "fcgi-2"],
    ["streamer"],
    ["dispatcher"],
    ["nginx"],
    ["broker", "streamer", "dispatcher"],
]


def write_under_fire(stack, slug, victims):
    with Writers(stack, slug) as writers:
        for _ in range(KILLS):
            writers.progress(20)
            old = {name: stack.kill(name) for name in victims}
            for name, pid in old.items():
                stack.wait_replaced(name, pid)
        writers.progress(20)
    return writers


@pytest.mark.parametrize("victims", VICTIMS, ids="+".join)
def test_kill_while_writers_write(stack, client, instance, receiver, victims):
    client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url()}))
    with stack.stream(f"/{instance}/stream", resume=True) as stream:
        stream.wait_open()
        writers = write_under_fire(stack, instance, victims)
        stack.wait_healthy()
        client.close()  # its kept connection may have died with nginx
        operations = client.operations(instance)
        check_log(operations, writers)
        head = operations[-1]["id"]
        assert stream.wait_id(head, seconds=30) == list(range(1, head + 1))
        assert stream.ops() == operations
        receiver.wait_op_ids(range(1, head + 1), seconds=60)
    assert client.get(f"/{instance}/state/written").json["count"] == len(operations)


def test_requests_in_the_queue_outlive_all_workers(stack):
    """The supervisor holds the socket: a request that comes while no worker runs waits for the next one."""
    workers = ("fcgi-1", "fcgi-2")
    for _ in range(4):  # deaths in quick succession make the supervisor wait before it starts them again
        for name, pid in {name: stack.kill(name) for name in workers}.items():
            stack.wait_replaced(name, pid)
    for name in workers:
        stack.kill(name)
    wait_until(lambda: all(stack.pid(name) is None for name in workers), "no worker runs")
    fresh = stack.client(timeout=20)
    assert fresh.get("/health").status == 200
    fresh.close()


def test_the_supervisor_says_what_it_restarted(stack):
    pid = stack.kill("dispatcher")
    new = stack.wait_replaced("dispatcher", pid)
    log = stack.supervisor_log()
    ended = [line for line in log if line["msg"] == "ended, starts again" and line["name"] == "dispatcher"]
    assert ended[-1]["status"] == "signal SIGKILL"
    assert wait_until(lambda: any(line.get("child") == new for line in stack.supervisor_log()), "the start is logged")


def test_a_key_is_remembered_over_a_restart_of_every_worker(stack, client, instance):
    def send():
        return client.post(f"/{instance}/operations", {"op": "INS", "target": {"id": "a"}}, headers={"Idempotency-Key": "k"})

    first = client.ok(send())
    for name in ("fcgi-1", "fcgi-2"):
        stack.kill_and_wait(name)
    client.close()
    again = client.ok(send())
    assert again.pop("duplicate") is True and again == first


def test_everything_at_once():
    """The supervisor is killed with -9: all processes go with it, and a new start finds everything acknowledged."""
    stack = Stack().start()
    client = stack.client()
    client.create("all")
    with Writers(stack, "all", keyed=0, plain=4) as writers:
        writers.progress(30)
        pids = [stack.pid(name) for name in ("broker", "fcgi-1", "fcgi-2", "streamer", "dispatcher", "nginx")]
        os.kill(stack.supervisor.pid, signal.SIGKILL)
        stack.supervisor.wait()
        for pid in pids:
            wait_until(lambda pid=pid: not alive(pid), f"process {pid} ended with its supervisor")
        writers.stop()
    client.close()
    stack.launch()
    assert stack.supervisor.poll() is None
    check_log(stack.client().operations("all"), writers)
    stack.stop()


def alive(pid):
    """Not gone, and no zombie that waits for whoever adopted it."""
    state = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return state not in ("", "Z")
