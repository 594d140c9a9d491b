"""What an operator finds in the journal and in nginx's log: lines of JSON, with the trace id of the request."""

import json

from support.waiting import wait_until

UNITS = ["-u", "choreo-fcgi@1", "-u", "choreo-broker", "-u", "choreo-streamer", "-u", "choreo-dispatcher"]


def written(site):
    """What the parts wrote themselves; systemd's own lines about them are of another transport."""
    command = ["journalctl", "--no-pager", "-o", "cat", "_TRANSPORT=stdout", *UNITS]
    return [json.loads(line) for line in site.run(*command).stdout.splitlines()]


def test_the_journal_has_lines_of_json_that_name_process_and_trace(site):
    client = site.client()
    answer = client.request("POST", "/instances", json={"slug": "shop"}, headers={"X-Trace-ID": "complaint-17"})
    assert answer.status == 201 and answer.headers["X-Trace-ID"] == "complaint-17"
    (site.root / "var/lib/choreo/broken.db").write_text("no database\n")
    failed = client.request("GET", "/broken/operations", headers={"X-Trace-ID": "complaint-18"})
    assert failed.status == 503
    client.close()

    def traced(trace):
        return [line for line in written(site) if line.get("trace_id") == trace]

    [made] = wait_until(lambda: traced("complaint-17"), "the journal has the request")
    assert (made["process"], made["level"], made["msg"], made["instance"]) == ("choreo-fcgi", "info", "instance created", "shop")
    [refused] = wait_until(lambda: traced("complaint-18"), "the journal has the failed one")
    assert refused["level"] == "error", refused
    processes = {line["process"] for line in written(site)}
    assert processes == {"choreo-fcgi", "choreo-broker", "choreo-streamer", "choreo-dispatcher"}


def test_the_access_log_has_each_request_with_its_trace_and_without_its_query(site):
    client = site.client()
    client.get("/health?token=hidden", X_Trace_ID="complaint-19")
    client.close()
    log = site.root / "var/log/nginx/choreo.access.log"

    def found():
        lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line["answer_trace_id"] == "complaint-19"]

    [line] = wait_until(found, "the log has the request")
    assert (line["method"], line["path"], line["status"]) == ("GET", "/health", "200")
    assert "hidden" not in log.read_text(encoding="utf-8")
