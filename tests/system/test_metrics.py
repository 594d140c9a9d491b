"""GET /metrics and the components of GET /health: what each process tells of itself."""

import os
import re
import signal
import time

from support.receiver import HANG
from support.stack import REPOSITORY
from support.waiting import wait_until

SAMPLE = re.compile(r'(\w+)\{process="([\w-]+)",pid="(\d+)"\} (\d+)')
PROCESS_COUNTS = {"choreo-fcgi": 2, "choreo-broker": 1, "choreo-streamer": 1, "choreo-dispatcher": 1}
PROCESSES = set(PROCESS_COUNTS)
BEGAN = int(time.time())
SETTINGS = {"CHOREO_FCGI_PROCESSES": "2", "CHOREO_WEBHOOK_RETRY_SECS": "0.1,0.1,0.1"}


def samples(client):
    """(metric, process) → sum over its processes, after checking the text's form."""
    answer = client.get("/metrics")
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    found, described = {}, set()
    for line in answer.text.splitlines():
        if line.startswith("# "):
            described.add(line.split()[2])
            continue
        name, process, _, value = SAMPLE.fullmatch(line).groups()
        assert name in described, f"{name} stands before its HELP and TYPE"
        found[name, process] = found.get((name, process), 0) + int(value)
    return found


def documented():
    rows = re.findall(r"^\| `(choreo_\w+)` \| \w+ \| ([\w-]+) \|", (REPOSITORY / "docs" / "metrics.md").read_text(), re.M)
    assert rows
    return {(name, p) for name, process in rows for p in (PROCESSES if process == "all" else {process})}


def test_every_documented_metric_is_there_and_no_other(stack, client):
    wait_until(lambda: {p for _, p in samples(client)} == PROCESSES, "all processes have written")
    assert set(samples(client)) == documented()


def grown(metric, by=1):
    """A metric that counts: by how much at least it is more than before."""
    return lambda before, now: now[metric] - before.get(metric, 0) >= by


# What the test below does to each documented metric. One that is documented and not here fails it.
EXPECTED = {
    "choreo_up": lambda before, now: now["choreo_up"] == sum(PROCESS_COUNTS.values()),
    "choreo_start_time_seconds": lambda before, now: now["choreo_start_time_seconds"] >= BEGAN * sum(PROCESS_COUNTS.values()),
    "choreo_requests_total": grown("choreo_requests_total", 5),
    "choreo_failed_requests_total": grown("choreo_failed_requests_total"),
    "choreo_commits_total": lambda before, now: 1
    <= now["choreo_commits_total"] - before["choreo_commits_total"]
    <= now["choreo_operations_total"] - before["choreo_operations_total"],
    "choreo_operations_total": grown("choreo_operations_total", 5),
    "choreo_connections": lambda before, now: now["choreo_connections"] >= 1,
    "choreo_relayed_messages_total": grown("choreo_relayed_messages_total"),
    "choreo_watched_instances": lambda before, now: now["choreo_watched_instances"] >= 1,
    "choreo_streams": lambda before, now: now["choreo_streams"] == 1,
    "choreo_stream_events_total": grown("choreo_stream_events_total", 5),
    "choreo_webhook_deliveries_total": grown("choreo_webhook_deliveries_total", 4),
    "choreo_webhook_failures_total": grown("choreo_webhook_failures_total"),
    "choreo_webhook_in_flight": lambda before, now: now["choreo_webhook_in_flight"] >= 1,
}


def totals(client):
    """metric → sum over all processes"""
    found = {}
    for (name, _), value in samples(client).items():
        found[name] = found.get(name, 0) + value
    return found


def fail_first_and_hang_last(n, delivery):
    """So that one attempt fails, four succeed and one is on its way until the receiver is closed."""
    return 500 if n == 1 else HANG if delivery.json["op_id"] == 6 else 200


def test_every_documented_metric_counts_what_it_says(stack, client, instance, receiver):
    assert set(EXPECTED) == {name for name, _ in documented()}
    wait_until(lambda: {p for _, p in samples(client)} == PROCESSES, "all processes have written")
    before = totals(client)
    receiver.behaviour = fail_first_and_hang_last
    client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url()}))
    with stack.stream(f"/{instance}/stream") as stream:
        for n in range(6):
            client.insert(instance, f"e{n}")
        (stack.dir / "broken.db").write_text("no database\n")
        assert client.get("/broken/operations").status == 503
        stream.wait(lambda _: len(stream.ids()) == 6, "all events")
        receiver.wait_count(6)

        def missed():
            now = totals(client)
            return [name for name, right in EXPECTED.items() if not right(before, now)]

        wait_until(lambda: not missed(), "every metric is as expected", seconds=30)


def components(client):
    health = client.get("/health").json
    return health["status"], {component["name"]: component["status"] for component in health["components"]}


def test_health_misses_a_process_that_ended_or_hangs(stack, client):
    wait_until(lambda: components(client)[0] == "ok", "everything runs")
    pid = stack.pid("streamer")
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: components(client) == ("degraded", {**components(client)[1], "choreo-streamer": "stale"}),
                   "the streamer hangs", seconds=20)
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_until(lambda: components(client)[0] == "ok", "it goes on")
    pid = stack.pid("dispatcher")
    stack.kill("dispatcher")
    wait_until(lambda: components(client)[0] == "ok" and stack.pid("dispatcher") not in (None, pid), "it was replaced")
    names = [component["pid"] for component in client.get("/health").json["components"]]
    assert pid not in names, "what the killed one left is gone"
