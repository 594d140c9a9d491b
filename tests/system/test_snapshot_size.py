"""Large snapshots: 100,000 rows in one request with bounded memory while others are served; too large ones are refused."""

import json
import threading
from pathlib import Path

from support.stack import sanitized

ROWS = 100_000
# The body, its canonical form, the operation, the keys of its rows, and the pages that one transaction changes.
BODIES_IN_MEMORY = 24


def rows(count, closed_every):
    return [
        {"id": f"r{number:06}", "name": f"Row {number}", "status": "closed" if number % closed_every == 0 else "open"}
        for number in range(count)
    ]


def snapshot(of, **frame):
    return json.dumps(
        {"op": "REC", "target": {"rows": of}, "context": {"type": "snapshot_ingest", "table": "t"}, "frame": frame}
    )


def peak_memory(stack):
    """Bytes, of the worker that needed most so far."""
    peaks = []
    for name in ("fcgi-1", "fcgi-2"):
        status = Path(f"/proc/{stack.pid(name)}/status").read_text(encoding="utf-8")
        peaks.append(next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")))
    return max(peaks) * 1024


def test_a_hundred_thousand_rows(stack, client, instance):
    before = peak_memory(stack)
    body = snapshot(rows(ROWS, 10))
    answers = []
    sender = threading.Thread(target=lambda: answers.append(stack.client(timeout=300).post(f"/{instance}/operations", body=body)))
    sender.start()
    # Others go on meanwhile: readers of this instance, writers of another.
    client.create(f"{instance}-other")
    served = 0
    while sender.is_alive():
        client.append(f"{instance}-other", "INS", {"id": "a"})
        assert client.get(f"/{instance}/operations?limit=1").status == 200
        served += 1
    sender.join()
    answer = client.ok(answers[0])
    assert served > 0
    assert answer["generated_count"] == ROWS and answer["generated_truncated"] is True
    assert len(answer["generated"]) == 1000 and answer["skipped"] == []
    assert sanitized() or peak_memory(stack) - before < BODIES_IN_MEMORY * len(body)

    # The next one: every tenth row was closed, now every fifth is; the last ten are gone.
    answer = client.ok(client.post(f"/{instance}/operations", body=snapshot(rows(ROWS - 10, 5), absence_means="deleted")))
    assert answer["generated_count"] == ROWS // 10 - 1 + 10
    summary = next(one for one in client.get("/instances").json["instances"] if one["slug"] == instance)
    assert summary["operations"] == 2 + ROWS + answer["generated_count"]
    assert summary["entities"] == ROWS - 10
    assert client.get(f"/{instance}/state/t/r000005").json["status"] == "closed"
    assert client.get(f"/{instance}/state/t/r099999").json["alive"] is False


def test_a_million_rows_are_too_large_and_the_answer_says_for_what(client, instance):
    # A client that sends on what nobody reads is cut off; so the size is announced, and the answer read at once.
    size = len(snapshot(rows(1000, 10))) * 1000
    client.connection.putrequest("POST", f"/{instance}/operations")
    client.connection.putheader("Content-Type", "application/json")
    client.connection.putheader("Content-Length", str(size))
    client.connection.endheaders()
    response = client.connection.getresponse()
    answer = json.loads(response.read())
    assert response.status == 413
    assert answer["code"] == "body_too_large" and "16777216" in answer["error"]
    client.close()
    assert client.get(f"/{instance}/operations").json["head"] == 0
