"""Bodies of 100 MB: refused with the limit before they were sent, and kept by nobody."""

import select
import threading
from contextlib import closing

import pytest

from support.others import connect, memory_stays
from support.promises import check_promises
from support.writers import Writers

CHUNK = b"x" * (1 << 16)
LARGE = 100 << 20


def send_until_answered(connected, head, pieces):
    """What the server says, however much was sent by then; and how much that was."""
    connected.sendall(head)
    sent = 0
    for piece in pieces:
        readable, writable, _ = select.select([connected], [connected], [], 20)
        assert readable or writable, "it neither takes nor says anything"
        if readable:
            break
        try:
            connected.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            break  # it has answered and closed
        sent += len(piece)
    return connected.recv(65536), sent


def plain_body(length):
    return f"Content-Length: {length}\r\n\r\n".encode(), (CHUNK for _ in range(length // len(CHUNK)))


def chunked_body(length):
    piece = b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK)
    return b"Transfer-Encoding: chunked\r\n\r\n", (piece for _ in range(length // len(CHUNK)))


@pytest.mark.parametrize("kind", [plain_body, chunked_body])
def test_bodies_of_100_megabytes(stack, client, instance, kind):
    answers = []

    def send():
        with closing(connect(stack)) as connected:
            head, pieces = kind(LARGE)
            head = f"POST /{instance}/operations HTTP/1.1\r\nHost: s\r\n".encode() + head
            answers.append(send_until_answered(connected, head, pieces))

    with memory_stays(stack, 32 << 20), Writers(stack, instance, keyed=1, plain=1) as writers:
        senders = [threading.Thread(target=send) for _ in range(8)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        writers.progress(10)
    assert len(answers) == 8
    for answer, sent in answers:
        assert answer.startswith(b"HTTP/1.1 413") and b'"code":"body_too_large"' in answer, answer
        assert b"16777216 bytes" in answer, "it names the limit"
        assert sent < LARGE / 2
    check_promises(stack, instance, writers)
