"""Endpoints that hang, reset, answer half, garbage or without end, or lead elsewhere. Each operation stays until it was accepted,
is accepted once, comes with one webhook-id; nobody else waits, and the dispatcher's memory stays where it is."""

import random
import threading
from contextlib import ExitStack

import pytest

from support.measure import resident_bytes
from support.raw_receiver import OK, RawReceiver, accept, http, say
from support.receiver import Receiver
from support.stack import sanitized
from support.webhooks import append_many, check_repetitions, register, settled, wait_hook

SETTINGS = {
    "CHOREO_WEBHOOK_RETRY_SECS": "0.2,0.2,0.3,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5",
    "CHOREO_WEBHOOK_TIMEOUT_SECS": "1",
    "CHOREO_MAX_WEBHOOKS": "200",
    "CHOREO_WEBHOOK_PROBE_SECS": "1",
}
OPERATIONS = 40
MEGABYTE = 1 << 20
HUGE = 100 * MEGABYTE
PIECE = bytes(MEGABYTE)
MAX_GROWTH = 24 * MEGABYTE


def hang(call):
    call.hold()


def half_answer_then_hang(call):
    call.send(http("200 OK", b"half", length=1000))
    call.hold()


def reset(call):
    call.reset()


def reset_in_the_answer(call):
    call.send(http("200 OK", b"half", length=1000))
    call.reset()


def drip(call):
    """Never silent, never done."""
    call.send(http("200 OK", length=HUGE))
    while call.send(b"x") and not call.receiver.closing.wait(0.05):
        pass


def endless_headers(call):
    call.send(b"HTTP/1.1 200 OK\r\n")
    line = b"X-More: " + b"x" * 1000 + b"\r\n"
    while call.send(line * 60) == len(line) * 60:
        pass


def random_bytes(call):
    call.send(random.Random(7).randbytes(100_000))


# name → (behaviour, a part of the error that is shown)
BAD = {
    "hangs": (hang, "no complete answer within 1 s"),
    "hangs in its answer": (half_answer_then_hang, "no complete answer within 1 s"),
    "drips": (drip, "no complete answer within 1 s"),
    "resets": (reset, ""),
    "resets in its answer": (reset_in_the_answer, ""),
    "closes without an answer": (lambda call: None, ""),
    "half of the headers": (say(b"HTTP/1.1 200 OK\r\nContent-Le"), "the answer broke off in its headers"),
    "half of the body": (say(http("200 OK", b"half", length=1000)), ""),
    "half of a chunk": (say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf"), ""),
    "a chunk that is none": (say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), ""),
    "two lengths": (say(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"), ""),
    "another protocol": (say(b"SSH-2.0-OpenSSH_9.2\r\n"), ""),
    "no status": (say(b"HTTP/1.1 two hundred\r\n\r\n"), ""),
    "random bytes": (random_bytes, ""),
    "zeros": (say(bytes(100_000)), ""),
    "headers without end": (endless_headers, "the answer's headers exceed"),
}


def check_memory(stack, before):
    if not sanitized():
        growth = resident_bytes(stack.pid("dispatcher")) - before
        assert growth < MAX_GROWTH, f"the dispatcher grew by {growth >> 20} MB"


def check_once(receiver, count=OPERATIONS):
    """Accepted once each, never sent again after that, with one id."""
    assert sorted(receiver.accepted()) == list(range(1, count + 1))
    last = {call.delivery.json["op_id"]: call for call in receiver.calls}
    assert all(call.accepted for call in last.values()), "an operation was sent again after it was accepted"
    check_repetitions(receiver.deliveries)


def test_each_kind_of_bad_answer_is_tried_again_until_it_is_good(stack, client, instance, receiver):
    register(client, instance, receiver.url())
    before = resident_bytes(stack.pid("dispatcher"))
    with ExitStack() as open_ones:
        bad = {name: open_ones.enter_context(RawReceiver(behaviour)) for name, (behaviour, _) in BAD.items()}
        for one in bad.values():
            register(client, instance, one.url())
        append_many(client, instance, OPERATIONS)
        receiver.wait_op_ids(range(1, OPERATIONS + 1), seconds=10)
        for name, one in bad.items():
            one.wait_count(4)
            state = wait_hook(client, instance, one.url(), lambda state: state["consecutive_failures"] >= 4, name)
            assert state["last_error"] and BAD[name][1] in state["last_error"], (name, state)
            assert state["last_success"] is None and state["dead"] == 0, (name, state)
            assert set(one.op_ids()) <= {1, 2, 3, 4}, f"{name}: it got the backlog, not probes"
        for one in bad.values():
            one.behaviour = accept
        for one in bad.values():
            one.wait_accepted(range(1, OPERATIONS + 1))
        settled(client, instance)
        for one in bad.values():
            check_once(one)
    assert sorted(receiver.op_ids()) == list(range(1, OPERATIONS + 1))
    check_memory(stack, before)


@pytest.mark.parametrize("status", ["200 OK", "500 Oops"])
def test_an_answer_of_100_megabytes_is_read_to_its_limit(stack, client, instance, receiver, status):
    """Its status counts; what is more than the limit and the sockets' buffers is never sent."""
    taken = []
    register(client, instance, receiver.url())
    before = resident_bytes(stack.pid("dispatcher"))

    def huge(call):
        call.accepted = status == "200 OK"
        call.send(http(status, length=HUGE))
        count = 0
        while count < HUGE and (sent := call.send(PIECE)):
            count += sent
        taken.append(count)

    with RawReceiver(huge) as endless:
        register(client, instance, endless.url())
        append_many(client, instance, OPERATIONS)
        receiver.wait_op_ids(range(1, OPERATIONS + 1))
        if status == "500 Oops":
            wait_hook(client, instance, endless.url(), lambda state: state["last_error"] == "HTTP 500", "the status counts")
            endless.behaviour = accept
        endless.wait_accepted(range(1, OPERATIONS + 1))
        settled(client, instance)
        check_once(endless)
    assert taken and max(taken) < 20 * MEGABYTE
    check_memory(stack, before)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_no_redirect_is_followed(client, instance, receiver, status):
    """Neither to where deliveries may go nor to an internal address; and the sentence does not say what stands there."""
    register(client, instance, receiver.url())
    with Receiver() as elsewhere, ExitStack() as open_ones:
        places = [elsewhere.url(), "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "//127.0.0.1:1/", "\x01"]
        redirecting = []
        for place in places:
            answer = http(status, headers=b"Location: " + place.encode() + b"\r\n")
            redirecting.append(open_ones.enter_context(RawReceiver(say(answer))))
            register(client, instance, redirecting[-1].url())
        append_many(client, instance, 5)
        receiver.wait_op_ids(range(1, 6))
        for one in redirecting:
            state = wait_hook(client, instance, one.url(), lambda state: state["consecutive_failures"] >= 4, "it is a failure")
            assert state["last_error"] == f"HTTP {status[:3]}: redirects are not followed"
            one.behaviour = accept
        for one in redirecting:
            one.wait_accepted(range(1, 6))
            check_repetitions(one.deliveries)
        assert elsewhere.deliveries == []


def test_answers_that_are_odd_and_good(client, instance, receiver):
    """What success looks like from servers that are not like others."""
    register(client, instance, receiver.url())
    good = {
        "no length": b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
        "no reason": b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
        "interim answers": b"HTTP/1.1 102 Wait\r\n\r\n" * 5 + OK,
        "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
        "more than was announced": OK + b"and more",
        "a second answer": OK + OK,
        "no text": http("200 OK", bytes(range(256))),
    }

    def succeed(data):
        def behaviour(call):
            call.accepted = True
            call.send(data)

        return behaviour

    with ExitStack() as open_ones:
        odd = {name: open_ones.enter_context(RawReceiver(succeed(data))) for name, data in good.items()}
        for one in odd.values():
            register(client, instance, one.url())
        append_many(client, instance, OPERATIONS)
        receiver.wait_op_ids(range(1, OPERATIONS + 1))
        for one in odd.values():
            one.wait_accepted(range(1, OPERATIONS + 1))
        settled(client, instance)
        for name, one in odd.items():
            assert sorted(one.accepted()) == list(range(1, OPERATIONS + 1)), name


def test_many_that_hang_delay_nobody(stack, client, instance, receiver):
    """More than there are connections: those in trouble get half of them at most."""
    register(client, instance, receiver.url())
    before = resident_bytes(stack.pid("dispatcher"))
    release = threading.Event()

    def held(call):
        call.hold(release)
        accept(call)

    with RawReceiver(held) as hanging:
        urls = [hanging.url(f"/{n}") for n in range(140)]
        for url in urls:
            register(client, instance, url)
        append_many(client, instance, OPERATIONS)
        receiver.wait_op_ids(range(1, OPERATIONS + 1))
        hanging.wait_count(128)
        for round_number in range(3):
            client.insert(instance, f"later{round_number}")
            receiver.wait_op_ids([OPERATIONS + 1 + round_number], seconds=15)
        check_memory(stack, before)
        for url in urls:
            client.ok(client.delete(f"/{instance}/webhooks", {"url": url}))
        release.set()
