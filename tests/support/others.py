"""The others: what a misbehaving client must not do to ordinary clients and to the processes' memory."""

import socket
import time
from contextlib import closing, contextmanager

from .measure import children, resident_bytes
from .stack import sanitized

PATIENCE_SECONDS = 60 if sanitized() else 25  # of an ordinary client, where the machine is busy as well


def processes(stack):
    names = ("fcgi-1", "fcgi-2", "broker", "streamer", "dispatcher")
    return {**{name: stack.pid(name) for name in names}, **{f"nginx {pid}": pid for pid in children(stack.pid("nginx"))}}


@contextmanager
def memory_stays(stack, below):
    """No process grows by more than `below` bytes; each is as it was before, not a successor."""
    pids = processes(stack)
    before = {name: resident_bytes(pid) for name, pid in pids.items()}
    yield
    assert processes(stack) == pids, "one of them ended"
    grown = {name: resident_bytes(pid) - before[name] for name, pid in pids.items()}
    assert sanitized() or max(grown.values()) < below, grown


def others_work_for(stack, slug, seconds):
    """Ordinary clients, each request with a limit: new connections, reads, writes, a stream."""
    end = time.monotonic() + seconds
    with stack.stream(f"/{slug}/stream") as stream:
        while time.monotonic() < end:
            with closing(stack.client(timeout=PATIENCE_SECONDS)) as client:
                op_id = client.insert(slug, "e")["op_id"]
                assert client.ok(client.get(f"/{slug}/state/things/e"))["alive"] is True
                stream.wait_id(op_id, seconds=PATIENCE_SECONDS)


def connect(stack, receive_buffer=None):
    """A bare connection to nginx, for clients that are not ordinary."""
    connected = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if receive_buffer:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connected.settimeout(20)
    connected.connect(("127.0.0.1", stack.port))
    return connected
