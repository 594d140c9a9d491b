"""GET /metrics and the components of GET /health: what each process tells of itself."""

import os
import re
import signal

from support.stack import REPOSITORY
from support.waiting import wait_until

SAMPLE = re.compile(r'(\w+)\{process="([\w-]+)",pid="(\d+)"\} (\d+)')
PROCESSES = {"choreo-fcgi", "choreo-broker", "choreo-streamer", "choreo-dispatcher"}


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


def test_metrics_count(stack, client, instance, receiver):
    before = samples(client)
    client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url()}))
    with stack.stream(f"/{instance}/stream") as stream:
        for n in range(5):
            client.insert(instance, f"e{n}")
        stream.wait(lambda _: len(stream.ids()) == 5, "all events")
        receiver.wait_count(5)

        def grown():
            now = samples(client)
            growth = {key: now[key] - before.get(key, 0) for key in now}
            return (
                growth["choreo_operations_total", "choreo-fcgi"] >= 5
                and 1 <= growth["choreo_commits_total", "choreo-fcgi"] <= growth["choreo_operations_total", "choreo-fcgi"]
                and growth["choreo_requests_total", "choreo-fcgi"] >= 5
                and growth["choreo_relayed_messages_total", "choreo-broker"] >= 1
                and now["choreo_streams", "choreo-streamer"] == 1
                and growth["choreo_stream_events_total", "choreo-streamer"] >= 5
                and growth["choreo_webhook_deliveries_total", "choreo-dispatcher"] >= 5
                and now["choreo_connections", "choreo-fcgi"] >= 1
            )

        wait_until(grown, "what happened is counted", seconds=10)


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
