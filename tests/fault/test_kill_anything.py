"""kill -9 of whatever the dice say, again and again, under writers, streams and webhooks; and of everything at once."""

import os
import random
import signal
from pathlib import Path

import pytest

from support.promises import check_promises
from support.receiver import Receiver
from support.stack import Stack
from support.waiting import wait_until
from support.writers import Writers

PROCESSES = ["broker", "fcgi-1", "fcgi-2", "streamer", "dispatcher", "nginx"]
SETTINGS = {"CHOREO_WEBHOOK_RETRY_SECS": "0.1,0.2,0.5,1,1,1,1,1,1,1,1,1"}


def seed():
    """CHOREO_TEST_SEED repeats a run; the seed of a failed one is in its output."""
    number = int(os.environ.get("CHOREO_TEST_SEED", random.SystemRandom().randrange(1 << 30)))
    print(f"CHOREO_TEST_SEED={number}")
    return random.Random(number)


def kill_some(stack, dice):
    victims = dice.sample(PROCESSES, dice.choice([1, 1, 1, 2, 3, len(PROCESSES)]))
    for name, pid in {name: stack.kill(name) for name in victims}.items():
        stack.wait_replaced(name, pid)


def kill_and_check(stack, slug, rounds):
    dice = seed()
    client = stack.client()
    client.create(slug)
    with Receiver() as steady, Receiver(lambda n, _: 500 if n % 7 == 0 else 200) as flaky:
        for receiver in (steady, flaky):
            client.ok(client.post(f"/{slug}/webhooks", {"url": receiver.url()}))
        client.close()
        streams = [stack.stream(f"/{slug}/stream", resume=True) for _ in range(3)]
        with Writers(stack, slug) as writers:
            for _ in range(rounds):
                writers.progress(dice.randrange(1, 15), seconds=60)
                kill_some(stack, dice)
            writers.progress(10, seconds=60)
        stack.wait_healthy()
        check_promises(stack, slug, writers, streams, [steady, flaky], seconds=120)
        for stream in streams:
            assert stream.connections > 1, "the streamer was killed, or there was too little time for it"
            stream.close()


def test_random_kills(stack, slug):
    kill_and_check(stack, slug, rounds=8)


@pytest.mark.long
def test_random_kills_for_long(stack, slug):
    kill_and_check(stack, slug, rounds=300)


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def kill_everything(stack):
    """The processes first, in no order, then the supervisor, before it could start any of them again."""
    os.kill(stack.supervisor.pid, signal.SIGSTOP)
    pids = [stack.pid(name) for name in PROCESSES]
    pids += children(stack.pid("nginx"))
    for pid in [*pids, stack.supervisor.pid]:
        os.kill(pid, signal.SIGKILL)
    stack.supervisor.wait()
    for pid in pids:
        wait_until(lambda pid=pid: not os.path.exists(f"/proc/{pid}"), "its init has reaped it")


def power_cycle(rounds):
    stack = Stack(**SETTINGS).start()
    client = stack.client()
    client.create("all")
    with Receiver() as receiver:
        client.ok(client.post("/all/webhooks", {"url": receiver.url()}))
        client.close()
        with stack.stream("/all/stream", resume=True) as stream, Writers(stack, "all", keyed=2, plain=2) as writers:
            for _ in range(rounds):
                writers.progress(20, seconds=60)
                kill_everything(stack)
                stack.resume()
            writers.progress(20, seconds=60)
            writers.stop()
            check_promises(stack, "all", writers, [stream], [receiver])
    stack.stop()


def test_everything_at_once():
    power_cycle(rounds=2)


@pytest.mark.long
def test_everything_at_once_again_and_again():
    power_cycle(rounds=40)
