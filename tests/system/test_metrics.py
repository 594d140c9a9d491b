"""GET /metrics and the components of GET /health: what each process tells of itself."""

import os
import re
import signal
import time

from support.receiver import HANG
from support.stack import REPOSITORY
from support.waiting import wait_until

SAMPLE = re.compile(r'(\w+?)(?:_bucket|_sum|_count)?(?:\{process="([\w-]+)",pid="(\d+)"(?:,\w+="([\w.+]+)")?\})? ([\d.]+)')
SITE = "site"  # of no process
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
        name, process, _, _, value = SAMPLE.fullmatch(line).groups()
        assert name in described, f"{name} stands before its HELP and TYPE"
        key = name, process or SITE
        found[key] = found.get(key, 0) + float(value)
    return found


def processes(client):
    return {process for _, process in samples(client)} - {SITE}


def documented():
    rows = re.findall(r"^\| `(choreo_\w+)` \| \w+ \| ([\w-]+) \|", (REPOSITORY / "docs" / "metrics.md").read_text(), re.M)
    assert rows
    return {(name, p) for name, process in rows for p in (PROCESSES if process == "all" else {process})}


def test_every_documented_metric_is_there_and_no_other(stack, client):
    wait_until(lambda: processes(client) == PROCESSES, "all processes have written")
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
    "choreo_responses_total": grown("choreo_responses_total", 5),
    "choreo_request_duration_seconds": grown("choreo_request_duration_seconds", 5),
    "choreo_webhooks": lambda before, now: now["choreo_webhooks"] == before["choreo_webhooks"] + 5,
    "choreo_webhooks_failing": lambda before, now: now["choreo_webhooks_failing"] >= 1,
    "choreo_webhooks_paused": lambda before, now: now["choreo_webhooks_paused"] == 1,
    "choreo_webhooks_disabled": lambda before, now: now["choreo_webhooks_disabled"] == 1,
    "choreo_webhook_lag": lambda before, now: now["choreo_webhook_lag"] >= now["choreo_webhook_lag_max"],
    "choreo_webhook_lag_max": lambda before, now: now["choreo_webhook_lag_max"] >= 1,
    "choreo_webhook_retrying": lambda before, now: now["choreo_webhook_retrying"] >= 1,
    "choreo_webhook_dead": lambda before, now: now["choreo_webhook_dead"] >= 1,
    "choreo_instances": lambda before, now: now["choreo_instances"] == before["choreo_instances"] + 1,
    "choreo_data_bytes": lambda before, now: now["choreo_data_bytes"] > 4096,
    "choreo_disk_bytes": lambda before, now: now["choreo_disk_bytes"] > now["choreo_data_bytes"],
    "choreo_disk_free_bytes": lambda before, now: 0 < now["choreo_disk_free_bytes"] < now["choreo_disk_bytes"],
}


def totals(client):
    """metric → sum over all processes"""
    found = {}
    for (name, _), value in samples(client).items():
        found[name] = found.get(name, 0) + value
    return found


def behave(n, delivery):
    """By the webhook's path. Of the main one an attempt fails, four succeed and one is on its way until the receiver is closed."""
    if delivery.path == "/later":
        return 503, {"Retry-After": "3600"}
    if delivery.path == "/gone":
        return 410
    op_id = delivery.json["op_id"]
    if op_id == 1 and delivery.headers["webhook-id"] not in behave.failed:
        behave.failed.add(delivery.headers["webhook-id"])
        return 500
    return HANG if op_id == 6 else 200


behave.failed = set()


def test_faults_f12_every_documented_metric_counts_what_it_says(stack, client, instance, receiver):
    assert set(EXPECTED) == {name for name, _ in documented()}
    wait_until(lambda: processes(client) == PROCESSES, "all processes have written")
    before = totals(client)
    receiver.behaviour = behave
    for path in ("/hook", "/later", "/gone"):
        client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url(path)}))
    client.ok(client.post(f"/{instance}/webhooks", {"url": "http://127.0.0.1:1/nobody"}))
    client.ok(client.post(f"/{instance}/webhooks", {"url": "http://paused.example/", "active": False}))
    with stack.stream(f"/{instance}/stream") as stream:
        for n in range(6):
            client.insert(instance, f"e{n}")
        (stack.dir / "broken.db").write_text("no database\n")
        assert client.get("/broken/operations").status == 503
        stream.wait(lambda _: len(stream.ids()) == 6, "all events")
        receiver.wait(lambda ds: any(d.path == "/hook" and d.json["op_id"] == 6 for d in ds), "the one that hangs")

        def missed():
            now = totals(client)
            return [name for name, right in EXPECTED.items() if not right(before, now)]

        wait_until(lambda: not missed(), "every metric is as expected", seconds=30)
    codes = set(re.findall(r'choreo_responses_total\{[^}]*code="(\d+)"', client.get("/metrics").text))
    assert {"200", "503"} <= codes <= {str(code) for code in range(200, 600)}


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
