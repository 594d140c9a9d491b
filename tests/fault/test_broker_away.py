"""The broker is killed, or hangs, and stays away for a while: streams and webhooks go on from the logs, and nothing waits."""

import os
import signal
import time
from contextlib import contextmanager

import pytest

from support.promises import check_promises
from support.receiver import Receiver
from support.writers import Writers

SETTINGS = {"CHOREO_WEBHOOK_RETRY_SECS": "0.1,0.2,0.5,1,1,1,1,1,1"}


@contextmanager
def killed(stack):
    """With the supervisor stopped, so that nobody starts it again."""
    os.kill(stack.supervisor.pid, signal.SIGSTOP)
    try:
        stack.kill("broker")
        yield
    finally:
        os.kill(stack.supervisor.pid, signal.SIGCONT)


@contextmanager
def hanging(stack):
    """Its sockets are open and its queues fill up."""
    pid = stack.pid("broker")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def away_and_back(stack, client, slug, how, seconds):
    with Receiver() as steady, Receiver(lambda n, _: 500 if n % 7 == 0 else 200) as flaky:
        for receiver in (steady, flaky):
            client.ok(client.post(f"/{slug}/webhooks", {"url": receiver.url()}))
        streams = [stack.stream(f"/{slug}/stream") for _ in range(3)]
        with Writers(stack, slug) as writers:
            writers.progress(10)
            with how(stack):
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    writers.progress(10)
                    head = client.head(slug)
                    late = stack.stream(f"/{slug}/stream?last_id={head // 2}")
                    for stream in [*streams, late]:
                        stream.wait_id(head)
                    late.close()
                    steady.wait_op_ids([head])
            writers.progress(10)
            writers.stop()
            check_promises(stack, slug, writers, streams, [steady, flaky])
        for stream in streams:
            assert stream.connections == 1, "no stream broke"
            stream.close()


@pytest.mark.parametrize("how", [killed, hanging])
def test_streams_and_webhooks_go_on_from_the_log(stack, client, instance, how):
    away_and_back(stack, client, instance, how, seconds=2)


@pytest.mark.long
@pytest.mark.parametrize("how", [killed, hanging])
def test_the_broker_away_for_a_minute(stack, client, instance, how):
    away_and_back(stack, client, instance, how, seconds=60)
