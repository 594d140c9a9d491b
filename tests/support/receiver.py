"""A webhook receiver: a real HTTP server that records deliveries and answers as a test wants."""

import base64
import hashlib
import hmac
import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .waiting import DEFAULT_SECONDS


@dataclass
class Delivery:
    path: str
    headers: dict  # lower-case names
    body: bytes
    at: float  # monotonic

    @property
    def json(self):
        return json.loads(self.body)


# A behaviour takes (n, delivery), n counting from 1, and returns a status, (status, headers[, body]), or HANG.
HANG = "hang"


def answer(status, headers=None, body=b""):
    return lambda n, delivery: (status, headers or {}, body)


def fail_first(count, status=500):
    return lambda n, delivery: status if n <= count else 200


def redirect(location):
    return answer(302, {"Location": location})


def hang(n, delivery):
    return HANG


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # with the default of 5, many webhooks that connect at once would lose packets


class Receiver:
    """Listens at once; `with Receiver() as receiver:` closes it. Change `behaviour` at any time."""

    def __init__(self, behaviour=answer(200), port=0, host="127.0.0.1"):
        self.behaviour = behaviour
        self.deliveries = []
        self.changed = threading.Condition()
        self.released = threading.Event()  # ends the hanging ones
        self.server = Server((host, port), self.handler())
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def port(self):
        return self.server.server_address[1]

    def url(self, path="/hook"):
        return f"http://{self.server.server_address[0]}:{self.port}{path}"

    def handler(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outcome = receiver.record(Delivery(self.path, headers, body, time.monotonic()))
                if outcome == HANG:
                    receiver.released.wait()
                    self.close_connection = True
                    return
                status, headers, answer_body = (*outcome, b"")[:3] if isinstance(outcome, tuple) else (outcome, {}, b"")
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer_body)))
                self.end_headers()
                self.wfile.write(answer_body)

            def log_message(self, *_):
                pass

        return Handler

    def record(self, delivery):
        with self.changed:
            self.deliveries.append(delivery)
            count = len(self.deliveries)
            self.changed.notify_all()
        return self.behaviour(count, delivery)  # it may take its time

    def op_ids(self, path=None):
        with self.changed:
            return [d.json["op_id"] for d in self.deliveries if path is None or d.path == path]

    def wait(self, condition, what, seconds=DEFAULT_SECONDS):
        with self.changed:
            if not self.changed.wait_for(lambda: condition(self.deliveries), seconds):
                raise AssertionError(f"not {what} within {seconds:.0f} s; {len(self.deliveries)} deliveries")
            return list(self.deliveries)

    def wait_count(self, count, seconds=DEFAULT_SECONDS):
        return self.wait(lambda deliveries: len(deliveries) >= count, f"{count} deliveries", seconds)

    def wait_op_ids(self, expected, seconds=DEFAULT_SECONDS):
        missing, looked_at = set(expected), 0

        def arrived(deliveries):  # each is looked at once: whoever delivers waits meanwhile
            nonlocal looked_at
            missing.difference_update(delivery.json["op_id"] for delivery in deliveries[looked_at:])
            looked_at = len(deliveries)
            return not missing

        try:
            return self.wait(arrived, "all operations", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; {len(missing)} missing, e.g. {sorted(missing)[:10]}") from None


def signature(secret, message_id, timestamp, body):
    """`v1,…` of Standard Webhooks 1.0.0; secret is `whsec_` + base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def is_signed(delivery, secret):
    headers = delivery.headers
    expected = signature(secret, headers["webhook-id"], headers["webhook-timestamp"], delivery.body)
    return any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split())
