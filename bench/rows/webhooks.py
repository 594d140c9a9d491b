"""Deliveries of one webhook that is far behind: as fast as libcurl by itself, whatever else is registered."""

import os
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path

from tests.support.receiver import Receiver
from tests.support.waiting import wait_until

from .. import data_sets
from ..environment import BIN
from ..load import seed
from ..measure import compare, from_pairs
from ..program import Program

DELIVERIES = 50_000
AT_ONCE = 4  # the default of CHOREO_WEBHOOK_MAX_IN_FLIGHT
TICK = 1 / os.sysconf("SC_CLK_TCK")


class Endpoint:
    """bench/webhook_receiver.cpp as a process."""

    def __enter__(self):
        self.program = Program("webhook-receiver", DELIVERIES)
        self.port = int(self.program.expect("READY")[0])
        return self

    def __exit__(self, *_):
        self.program.stop()

    def seconds(self):
        """That the next DELIVERIES take, once they are there."""
        return float(self.program.expect("DONE")[0])

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"


class Webhooks:
    """An instance with a webhook that sleeps while operations are appended, and delivers them when it is woken."""

    def __init__(self, run, name, endpoint):
        self.run, self.instance, self.endpoint = run, run.instance(name), endpoint
        self.path = run.files.lines("deliveries", data_sets.new_places(DELIVERIES))

    def request(self, method, url, **more):
        client = self.run.choreo().client()
        answer = client.request(method, f"/{self.instance}/webhooks", json={"url": url, **more})
        client.close()
        if answer.status != 200:
            raise RuntimeError(f"{method} of a webhook failed: {answer}")

    def lag(self, url):
        client = self.run.choreo().client()
        hooks = client.get(f"/{self.instance}/webhooks").json["webhooks"]
        client.close()
        return next(hook["lag"] for hook in hooks if hook["url"] == url)

    def deliver(self):
        """(deliveries a second, processor microseconds of the dispatcher for each)"""
        url = self.endpoint.url("fast")
        self.request("POST", url, active=False)
        seed(self.run.port, self.instance, self.path)
        before = processor_seconds(self.run.choreo().pid("dispatcher"))
        self.request("POST", url, active=True)
        seconds = self.endpoint.seconds()
        wait_until(lambda: self.lag(url) == 0, "the last outcomes are stored")
        used = processor_seconds(self.run.choreo().pid("dispatcher")) - before
        return DELIVERIES / seconds, 1e6 * used / DELIVERIES

    def request_file(self):
        """A delivery as it is sent, for the program beside."""
        with Receiver() as receiver:
            self.request("POST", receiver.url())
            client = self.run.choreo().client()
            client.post(f"/{self.instance}/operations", body=data_sets.new_place(0))
            client.close()
            delivery = receiver.wait_count(1)[0]
            self.request("DELETE", receiver.url())
        headers = [f"{name}: {value}" for name, value in delivery.headers.items() if name not in ("host", "content-length")]
        path = self.run.root / "delivery"
        path.write_bytes("\n".join([*headers, "Expect:", "", ""]).encode() + delivery.body)
        return path


def processor_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def bare(endpoint, request):
    """The same two figures of libcurl by itself."""
    command = [BIN / "bare-deliveries", endpoint.url("fast"), str(DELIVERIES), str(AT_ONCE), request]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return DELIVERIES / endpoint.seconds(), 1e6 * float(output) / DELIVERIES


def deliveries(run):
    with Endpoint() as endpoint:
        webhooks = Webhooks(run, "webhooks", endpoint)
        request = webhooks.request_file()
        pairs = []
        for number in range(run.options.rounds):
            first, second = (webhooks.deliver, lambda: bare(endpoint, request))[:: 1 if number % 2 == 0 else -1]
            found = (first(), second())
            pairs.append(found if number % 2 == 0 else found[::-1])
    yield from_pairs(
        "webhooks", f"deliveries to a webhook {DELIVERIES:,} operations behind, {AT_ONCE} at once", "libcurl alone", 0.60, "/s",
        [(ours[0], theirs[0]) for ours, theirs in pairs],
    )
    yield from_pairs(
        "webhooks-cpu", "processor time of a delivery", "of libcurl alone", 2.0, "µs",
        [(ours[1], theirs[1]) for ours, theirs in pairs], at_most=True,
    )


@contextmanager
def in_trouble(webhooks):
    """A webhook that nobody listens to and one that takes 5 seconds, both with everything to deliver."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        dead = f"http://127.0.0.1:{unused.getsockname()[1]}/dead"
    urls = [dead, webhooks.endpoint.url("slow")]
    for url in urls:
        webhooks.request("POST", url)
    yield
    for url in urls:
        webhooks.request("DELETE", url)


def beside_bad_ones(run):
    with Endpoint() as endpoint:
        webhooks = Webhooks(run, "webhooks-beside", endpoint)

        def disturbed(_):
            with in_trouble(webhooks):
                return webhooks.deliver()[0]

        yield compare(
            "webhooks-beside", "the same with a dead endpoint and one that takes 5 s registered too", "without them", 0.90, "/s",
            run.options.rounds, disturbed, lambda _: webhooks.deliver()[0],
        )
