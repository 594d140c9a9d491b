"""Whatever is sent to the sockets between the processes: messages are hints. Nothing wrong reaches a stream or a webhook,
nothing right is missed, no process ends, and none grows."""

import os
import random
import signal
import socket
from contextlib import ExitStack, closing, contextmanager

import pytest
import zmq

from support import wire
from support.measure import resident_bytes
from support.promises import check_promises
from support.stack import sanitized
from support.waiting import wait_until
from support.writers import Writers

GROWTH_BYTES = 48 << 20  # of a process under garbage; its queues and caches have their limits below this
HUGE = 4 << 20  # over the limit of a message
FAR = 0x4141414141410000  # an id beyond the log, also after a few of its bytes were changed
FORGED = b'{"id":%d,"pretty_id":"F-1","op":"INS","target":{"id":"forged"},"context":{},"frame":{}}'


@pytest.fixture
def context():
    with zmq.Context() as made:
        yield made


def connect(context, kind, endpoint):
    made = context.socket(kind)
    made.setsockopt(zmq.LINGER, 0)
    made.setsockopt(zmq.SNDTIMEO, 5000)
    made.connect(endpoint)
    return made


def random_frames(dice):
    count = dice.choice([1, 1, 1, 2, 2, 3, 40])
    return [dice.randbytes(dice.choice([0, 1, 2, 23, 24, 25, 60, 300])) for _ in range(count)]


def changed(dice, body):
    """A message with a few bytes changed, taken away or added."""
    body = bytearray(body)
    for _ in range(dice.randrange(1, 4)):
        at = dice.randrange(len(body))
        kind = dice.randrange(3)
        if kind == 0:
            body[at] = dice.randrange(256)
        elif kind == 1:
            del body[at : at + dice.randrange(1, 9)]
        else:
            body[at:at] = dice.randbytes(dice.randrange(1, 9))
        body = body or bytearray(b"\0")
    return bytes(body)


def lies(slug, epoch, head):
    """Well-formed, and not true. Whole records under ids that the log comes to have are not among them: what such a record says
    is the sender's word, who is the service's own user (docs/wire.md)."""
    far = FAR + head
    forged = [FORGED % (far + n) for n in range(3)]
    return [
        wire.message(wire.COMMITTED, slug, epoch, head + 1, head + 3),
        wire.message(wire.COMMITTED, slug, epoch, far, far + 2, forged),
        wire.message(wire.COMMITTED, slug, epoch, head + 1, head + 100000),
        wire.message(wire.COMMITTED, slug, epoch, head + 50, head + 52),
        wire.message(wire.COMMITTED, slug, epoch, 1, 1 << 62),
        wire.message(wire.COMMITTED, slug, "0" * 32, 1, head + 1000),
        wire.message(wire.HEAD, slug, epoch, 0, head + 7),
        wire.message(wire.HEAD, slug, epoch, 0, 1 << 62),
        wire.message(wire.GONE, slug, epoch),
        wire.message(wire.GONE, slug),
        wire.message(wire.GONE, slug, "0" * 32),
        wire.message(wire.WEBHOOKS_CHANGED, slug),
        wire.message(wire.WEBHOOKS_CHANGED, "no-such-instance"),
        wire.message(wire.COMMITTED, "no-such-instance", "a" * 32, 1, 5),
    ]


def broken_records(slug, epoch, head):
    """Of the operation that comes next, before it is there."""
    return [
        wire.message(wire.COMMITTED, slug, epoch, head + 1, head + 1, [record])
        for record in (b"{", b'{"id":%d,' % (head + 1), b'{"id":%d,"op":"\n\n"}' % (head + 1), b"\0" * 100, FORGED % 1)
    ]


@contextmanager
def under_watch(stack, client, slug, receiver, *processes):
    """Writers, streams and a webhook during what the test does; all promises and the memory of the processes after it.
    Gives the instance's epoch."""
    client.ok(client.post(f"/{slug}/webhooks", {"url": receiver.url()}))
    epoch = client.get(f"/{slug}/operations").headers["X-Choreo-Epoch"]
    pids = {name: stack.pid(name) for name in processes}
    with ExitStack() as streams:
        readers = [streams.enter_context(stack.stream(f"/{slug}/stream{query}")) for query in ("", "?last_id=0")]
        with Writers(stack, slug, keyed=2, plain=1) as writers:
            writers.acknowledged_elsewhere = {"first": 1}
            writers.progress(5)
            before = {name: resident_bytes(pid) for name, pid in pids.items()}
            yield epoch
            writers.progress(20)
            writers.stop()
        for name, pid in pids.items():
            assert stack.pid(name) == pid, f"{name} ended"
            grown = resident_bytes(pid) - before[name]
            assert sanitized() or grown < GROWTH_BYTES, f"{name} grew by {grown}"
        check_promises(stack, slug, writers, readers, [receiver])
        for reader in readers:
            assert reader.connections == 1 and not reader.named("gone") and not reader.named("reset")


def test_garbage_at_the_intake(stack, client, instance, receiver, context):
    dice = random.Random(4)
    with under_watch(stack, client, instance, receiver, "broker") as epoch:
        with closing(connect(context, zmq.PUSH, wire.intake(stack))) as push:
            for n in range(3000):
                push.send_multipart(random_frames(dice))
                push.send(changed(dice, dice.choice(lies(instance, epoch, n))))
            for _ in range(10):
                push.send(b"\x01" * HUGE)
            for n in range(200):
                head = client.head(instance) if n % 20 == 0 else n
                for body in [*lies(instance, epoch, head), *broken_records(instance, epoch, head)]:
                    push.send(body)
        wait_until(lambda: "no worker's message" in str(stack.process_log("broker")), "the broker says so")


def test_pending_ranges_are_bounded(stack, client, instance, receiver, context):
    """Ranges that never fit: of an instance that exists, of very many that do not, with as many records as are allowed."""
    records = [b'{"id":1,"x":"%s"}' % (b"x" * 1000) for _ in range(900)]
    with under_watch(stack, client, instance, receiver, "broker") as epoch:
        with closing(connect(context, zmq.PUSH, wire.intake(stack))) as push:
            for n in range(300):
                first = 1000000 + 2000 * n
                push.send(wire.message(wire.COMMITTED, instance, epoch, first, first + len(records) - 1, records))
            for n in range(20000):
                push.send(wire.message(wire.COMMITTED, f"none-{n}", "b" * 32, 5, 5))


def test_bytes_that_are_no_zeromq(stack, client, instance, receiver):
    dice = random.Random(5)
    with under_watch(stack, client, instance, receiver, "broker"), ExitStack() as connections:
        for n in range(200):
            connected = connections.enter_context(socket.socket(socket.AF_UNIX))
            connected.connect(str(stack.run_dir / dice.choice(["broker-in.ipc", "broker-out.ipc"])))
            try:
                connected.sendall(dice.randbytes(dice.choice([0, 1, 10, 64, 1000])))
            except BrokenPipeError:
                pass  # it was thrown out while it spoke
            if n % 2:
                connected.close()


def test_strange_subscriptions(stack, client, instance, receiver, context):
    dice = random.Random(6)
    with under_watch(stack, client, instance, receiver, "broker"):
        with closing(connect(context, zmq.XSUB, wire.relay(stack))) as subscriber:
            for n in range(20000):
                topic = dice.choice([b"i/none-%d/" % n, dice.randbytes(20), b"i/", b"i//", b"i/../x/", b""])
                subscriber.send(b"\x01" + topic)
                subscriber.send(dice.choice([b"\0", b"\2", b""]) + topic)
        assert heard_after_subscribing(stack, 60)
        for size in (1 << 10, 1 << 20, HUGE):
            assert not heard_after_subscribing(stack, size), "too long for an instance's topic"


def heard_after_subscribing(stack, size):
    """Whether the broker still speaks to whoever asks for a topic of that size; else it has closed the connection."""
    with closing(wire.RawSubscriber(stack)) as subscriber:
        try:
            subscriber.send(b"\x01i/" + b"x" * size + b"/")
            subscriber.send(b"\x01h/")
            while piece := subscriber.receive():
                if b"h/" in piece:
                    return True
        except (BrokenPipeError, ConnectionResetError):
            pass
    return False


@contextmanager
def in_place_of_the_broker(stack, context):
    """The socket that subscribers are connected to. The supervisor is stopped, so that nobody starts a broker."""
    os.kill(stack.supervisor.pid, signal.SIGSTOP)
    try:
        pid = stack.kill("broker")
        wait_until(lambda: not alive(pid), "the broker is gone")
        (stack.run_dir / "broker-out.ipc").unlink()
        with closing(context.socket(zmq.XPUB)) as publisher:
            publisher.setsockopt(zmq.LINGER, 0)
            publisher.setsockopt(zmq.XPUB_VERBOSE, 1)
            publisher.setsockopt(zmq.RCVTIMEO, 20000)
            publisher.bind(wire.relay(stack))
            yield publisher
    finally:
        os.kill(stack.supervisor.pid, signal.SIGCONT)


def alive(pid):
    """A zombie, whose parent is stopped, is not."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        return stat.read().rpartition(") ")[2][0] != "Z"


def test_garbage_from_the_broker(stack, client, instance, receiver, context):
    dice = random.Random(7)
    with under_watch(stack, client, instance, receiver, "streamer", "dispatcher") as epoch:
        with in_place_of_the_broker(stack, context) as publisher:
            topic = wire.topic(instance)
            for _ in range(2):  # the streamer's subscription and the dispatcher's
                while publisher.recv() != b"\x01" + topic:
                    pass
            for n in range(1500):
                publisher.send_multipart([dice.choice([topic, b"h/", b"w/"]), *random_frames(dice)])
                publisher.send_multipart([topic, changed(dice, dice.choice(lies(instance, epoch, n)))])
            publisher.send_multipart([topic, b"\x01" * HUGE])
            for n in range(200):
                head = client.head(instance) if n % 20 == 0 else n
                for body in [*lies(instance, epoch, head), *broken_records(instance, epoch, head)]:
                    publisher.send_multipart([topic, body])
                publisher.send_multipart([b"h/", wire.message(wire.HEARTBEAT)])
            said = ["the broker's socket gave something", "announced that the log does not have"]
            for text in said:
                wait_until(lambda text=text: text in str(stack.process_log("streamer")), text)
