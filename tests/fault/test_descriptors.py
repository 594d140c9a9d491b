"""Processes that were started with few file descriptors: what needs one more is refused with a sentence or waits, nothing
spins, and all of it works again when others are done."""

import json
import socket
import threading
from contextlib import ExitStack, closing

import pytest

from support.measure import cpu_seconds
from support.promises import check_promises
from support.receiver import Receiver, answer
from support.stack import Stack, build_dir
from support.waiting import wait_until
from support.writers import Writers

INSTANCES = 40
LIMITS = {"choreo-fcgi": 48, "choreo-streamer": 240, "choreo-dispatcher": 48, "choreo-broker": 40}
RETRIES = "0.1,0.2,0.5,1,1,1,1,1,1,1,1,1"
WORKERS = ("fcgi-1", "fcgi-2")


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """The programs with so many descriptors each; the supervisor and nginx with as many as ever."""
    programs = tmp_path_factory.mktemp("bin")
    for name, limit in LIMITS.items():
        script = programs / name
        script.write_text(f'#!/bin/sh\nulimit -n {limit} && exec "{build_dir() / "bin" / name}" "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    running = Stack(bin_dir=programs, CHOREO_WEBHOOK_RETRY_SECS=RETRIES).start()
    yield running
    running.stop()


def check_idle(pid):
    """It sleeps when nothing is asked of it."""
    quiet = threading.Event()
    before = cpu_seconds(pid)
    quiet.wait(1.5)
    assert cpu_seconds(pid) - before < 0.5, "it spins"


def make_instances(client, slug):
    names = [f"{slug}-{n}" for n in range(INSTANCES)]
    for name in names:
        client.create(name)
        client.insert(name, "first")
    return names


def refusals(answers):
    """Those that are no success; each has a reason and a code of ours."""
    refused = [answer for answer in answers if answer.status not in (200, 201)]
    for answer in refused:
        assert answer.status == 503 and answer.headers["Retry-After"] and answer.json["error"], answer
    return refused


def test_workers(stack, client, instance):
    names = make_instances(client, instance)
    answers = []

    def ask(part):
        with closing(stack.client(timeout=20)) as own:
            for name in part:
                answers.append(own.post(f"/{name}/operations", {"op": "INS", "target": {"id": "more"}}))
                answers.append(own.get(f"/{name}/state/_default"))
                answers.append(own.get(f"/{name}/biography/first"))

    with Writers(stack, instance, keyed=3, plain=3) as writers:
        writers.progress(10)
        askers = [threading.Thread(target=ask, args=(names[n::16],)) for n in range(16)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        writers.progress(10)
    refused = refusals(answers)
    print(f"{len(refused)} of {len(answers)} refused")
    assert len(answers) == 3 * INSTANCES
    for name in WORKERS:
        check_idle(stack.pid(name))
    for name in names:
        wait_until(lambda name=name: client.get(f"/{name}/operations").status == 200, "it is read")
        wait_until(
            lambda name=name: client.post(f"/{name}/operations", {"op": "INS", "target": {"id": "x"}}).status == 200,
            "it is written",
        )
    check_promises(stack, instance, writers)


def test_streamer(stack, client, instance):
    """More streams than it has descriptors for: those are told so, and get their turn when others have gone."""
    names = make_instances(client, instance)
    refused = 0
    with ExitStack() as streams:
        waiting = [streams.enter_context(stack.stream(f"/{name}/stream", resume=True)) for name in names]
        for reader in waiting:
            reader.wait_open()
        for name in names:
            client.insert(name, "second")
        while waiting:
            [done] = [wait_until(lambda: [reader for reader in waiting if reader.ids() == [1, 2]], "one has it all")]
            for reader in waiting:
                if reader.body is not None:
                    assert json.loads(reader.body)["code"] == "too_many_streams"
                    refused += 1
            for reader in done:
                reader.close()
            waiting = [reader for reader in waiting if reader not in done]
    assert refused
    check_idle(stack.pid("streamer"))


def test_dispatcher(stack, client, instance):
    """With as many connections as it keeps open, it still has the descriptors for reading further logs."""
    names = make_instances(client, instance)
    at_once = LIMITS["choreo-dispatcher"] // 3  # what it keeps
    gathered = threading.Event()

    def together(n, delivery):
        if n >= at_once:
            gathered.set()
        gathered.wait(20)
        return answer(200)(n, delivery)

    with Receiver(together) as receiver:
        for name in names:
            client.ok(client.post(f"/{name}/webhooks", {"url": receiver.url(f"/{name}")}))
        for name in names:
            client.insert(name, "second")
        receiver.wait(
            lambda deliveries: {d.path for d in deliveries if d.json["op_id"] == 2} == {f"/{name}" for name in names},
            "each is delivered",
            seconds=60,
        )
        check_idle(stack.pid("dispatcher"))


def test_broker(stack, client, instance, receiver):
    """libzmq ends a process that can accept no connection. The supervisor starts another, and nobody misses anything."""
    stack.may_end.add("broker")
    pid = stack.pid("broker")
    client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url()}))
    with stack.stream(f"/{instance}/stream") as stream, Writers(stack, instance, keyed=2, plain=0) as writers:
        writers.progress(5)
        with ExitStack() as connections:
            for n in range(60):
                silent = connections.enter_context(socket.socket(socket.AF_UNIX))
                try:
                    silent.connect(str(stack.run_dir / ["broker-in.ipc", "broker-out.ipc"][n % 2]))
                except ConnectionRefusedError:
                    break  # it has ended
            stack.wait_replaced("broker", pid)
            writers.progress(20)
            stream.wait_id(client.head(instance))
        writers.progress(20)
        writers.stop()
        check_promises(stack, instance, writers, [stream], [receiver])
        assert stream.connections == 1
    check_idle(stack.pid("broker"))
