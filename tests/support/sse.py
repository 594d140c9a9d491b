"""A reader of server-sent events: a thread that parses what arrives, resumes like an EventSource, or reads slowly."""

import http.client
import json
import socket
import threading
import time
from dataclasses import dataclass

from .waiting import DEFAULT_SECONDS


@dataclass
class Event:
    id: str | None
    name: str
    data: str
    at: float  # monotonic

    @property
    def json(self):
        return json.loads(self.data)


class Stream:
    """Connects at once. `with stack.stream("/demo/stream?tail=3") as stream: stream.wait_ops(3)`.

    resume: connect again after an end or a lost connection, with the last id, until closed.
    receive_buffer: bytes of the socket's buffer, small for a reader that is to be slow.
    """

    def __init__(self, port, path, headers=None, resume=False, receive_buffer=None, timeout=60.0):
        self.port, self.path, self.resume, self.timeout = port, path, resume, timeout
        self.headers = {"Accept": "text/event-stream", **(headers or {})}
        self.receive_buffer = receive_buffer
        self.events, self.comments, self.retries = [], [], []
        self.last_id = None
        self.connections = 0
        self.status = self.answer_headers = self.body = None  # of the last connection; body where it was no stream
        self.ended = False  # the server ended it and it is not resumed
        self.changed = threading.Condition()
        self.reading = threading.Event()
        self.reading.set()
        self.closing = False
        self.socket = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.closing = True
        self.reading.set()
        self.disconnect()
        self.thread.join(10)

    def disconnect(self):
        connected = self.socket
        if connected is not None:
            try:
                connected.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def pause(self):
        """Stops reading, so that the server's writes meet a full socket."""
        self.reading.clear()

    def go_on(self):
        self.reading.set()

    # --- what arrived

    def named(self, name):
        with self.changed:
            return [event for event in self.events if event.name == name]

    def ops(self):
        return [event.json for event in self.named("op")]

    def ids(self):
        return [int(event.id) for event in self.named("op")]

    def wait(self, condition, what, seconds=DEFAULT_SECONDS):
        """condition(self) is asked each time something arrived."""
        deadline = time.monotonic() + seconds
        with self.changed:
            while not condition(self):
                left = deadline - time.monotonic()
                if left <= 0 or (self.ended and not condition(self)):
                    state = f"status {self.status}, {len(self.events)} events, ended {self.ended}, body {self.body}"
                    raise AssertionError(f"{self.path}: not {what} ({state})")
                self.changed.wait(left)
        return self

    def wait_open(self, seconds=DEFAULT_SECONDS):
        return self.wait(lambda s: s.status is not None, "answered", seconds)

    def wait_ops(self, count, seconds=DEFAULT_SECONDS):
        """The operations, once there are at least `count`."""
        self.wait(lambda s: len([e for e in s.events if e.name == "op"]) >= count, f"{count} operations", seconds)
        return self.ops()

    def wait_id(self, last, seconds=DEFAULT_SECONDS):
        """The ids of the operations, once `last` is among them."""
        self.wait(lambda s: any(e.name == "op" and int(e.id) >= last for e in s.events), f"operation {last}", seconds)
        return self.ids()

    def wait_event(self, name, seconds=DEFAULT_SECONDS):
        self.wait(lambda s: any(e.name == name for e in s.events), f"event {name}", seconds)
        return self.named(name)[0]

    def wait_end(self, seconds=DEFAULT_SECONDS):
        return self.wait(lambda s: s.ended, "ended", seconds)

    # --- reading

    def run(self):
        while True:
            try:
                self.read_connection()
            except (OSError, http.client.HTTPException, ValueError, AttributeError):
                pass  # lost, or closed under the reader
            if self.closing or not self.resume:
                break
            time.sleep(0.05)  # as an EventSource waits; a dead server must not be hammered
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def connect(self):
        connected = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if self.receive_buffer:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        connected.settimeout(self.timeout)
        self.socket = connected
        connected.connect(("127.0.0.1", self.port))
        return connected

    def read_connection(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.sock = self.connect()
        try:
            resumed = {"Last-Event-ID": self.last_id} if self.last_id is not None else {}
            connection.request("GET", self.path, headers={**self.headers, **resumed})
            response = connection.getresponse()
            with self.changed:
                self.status, self.answer_headers = response.status, response.headers
                self.connections += 1
                self.changed.notify_all()
            if response.status != 200:
                self.body = response.read()
                return
            self.read_events(response)
        finally:
            connection.close()

    def read_events(self, response):
        fields = {}
        while not self.closing:
            self.reading.wait()
            line = response.readline()
            if not line:
                return
            line = line.decode("utf-8").rstrip("\r\n")
            if line:
                self.take_line(line, fields)
            else:
                self.dispatch(fields)
                fields = {}

    def take_line(self, line, fields):
        if line.startswith(":"):
            with self.changed:
                self.comments.append((line, time.monotonic()))
                self.changed.notify_all()
            return
        name, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if name == "retry":
            self.retries.append(int(value))
        elif name == "data" and "data" in fields:
            fields["data"] += "\n" + value
        else:
            fields[name] = value

    def dispatch(self, fields):
        if "id" in fields:
            self.last_id = fields["id"]
        if "data" not in fields and "event" not in fields:
            return
        event = Event(fields.get("id"), fields.get("event", "message"), fields.get("data", ""), time.monotonic())
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()
