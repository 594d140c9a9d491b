"""?progress=true: a long snapshot tells how far it is, line by line, and ends in its answer or in its refusal."""

import http.client
import json

import pytest
from support.openapi import Document
from support.stack import REPOSITORY

DOCUMENT = Document(json.loads((REPOSITORY / "docs" / "openapi.json").read_text(encoding="utf-8")))
ROWS = 40_000
PATH = "/operations?progress=true"


def snapshot(rows, **frame):
    context = {"type": "snapshot_ingest", "table": "t"}
    return json.dumps({"op": "REC", "target": {"rows": rows}, "context": context, "frame": frame})


def rows(count):
    return [{"id": f"r{number}", "n": number} for number in range(count)]


class Told:
    """A request whose answer is read line by line."""

    def __init__(self, stack, slug, body, query="", **headers):
        self.connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=120)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request("POST", f"/{slug}{PATH}{query}", body=body, headers=headers)
        self.response = self.connection.getresponse()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def line(self):
        line = json.loads(self.response.readline())
        DOCUMENT.check_value(line, {"$ref": "#/components/schemas/AppendProgress"}, "a line")
        return line

    def lines(self):
        return [json.loads(line) for line in self.response]


def test_it_tells_how_far_it_is_and_then_the_answer(stack, client, instance):
    with Told(stack, instance, snapshot(rows(ROWS))) as told:
        assert told.response.status == 200
        assert told.response.headers["Content-Type"] == "application/x-ndjson"
        first = told.line()["progress"]
        assert client.head(instance) in (0, ROWS + 1)
        *between, answer = told.lines()
    progress = [first, *(one["progress"] for one in between)]
    assert len(progress) >= 2
    assert all(one["of"] == ROWS and one["generated"] - one["rows"] in (0, 1) for one in progress)
    assert progress == sorted(progress, key=lambda one: one["rows"])
    assert answer["op_id"] == 1 and answer["generated_count"] == ROWS and answer["skipped"] == []
    assert client.head(instance) == ROWS + 1


def test_absent_rows_count_as_generated(stack, client, instance):
    client.ok(client.post(f"/{instance}/operations", body=snapshot(rows(ROWS))))
    with Told(stack, instance, snapshot([{"id": "new"}], absence_means="deleted")) as told:
        *progress, answer = told.lines()
    assert progress and all(one["progress"]["rows"] == one["progress"]["of"] == 1 for one in progress)
    assert answer["generated_count"] == ROWS + 1


def test_a_refusal_after_the_first_line_is_told_in_the_last_and_leaves_nothing(stack, client, instance):
    with Told(stack, instance, snapshot([*rows(ROWS), {"id": "x" * 600}])) as told:
        assert told.response.status == 200
        *progress, last = told.lines()
    assert progress and all("progress" in one for one in progress)
    assert (last["status"], last["code"], last["index"], last["field"]) == (400, "bad_id", ROWS, "rows")
    assert client.head(instance) == 0
    assert client.get(f"/{instance}/state/t").json["count"] == 0


def test_a_refusal_before_it_is_a_status(stack, client, instance):
    for body, status, code in [
        ("{", 400, "bad_json"),
        (snapshot([{"id": "x" * 600}]), 400, "bad_id"),
        ('{"op": "ADD", "target": {}}', 400, "unknown_op"),
    ]:
        answer = client.post(f"/{instance}{PATH}", body=body)
        assert (answer.status, answer.json["code"]) == (status, code)
        assert answer.headers["Content-Type"] == "application/json"
    assert client.post(f"/{instance}-no{PATH}", body=snapshot([])).json["code"] == "unknown_instance"
    answer = client.post(f"/{instance}/operations?progress=yes", body=snapshot([]))
    assert (answer.status, answer.json["field"]) == (400, "progress")


@pytest.mark.parametrize("body", [snapshot([{"id": "a"}]), '{"op": "INS", "target": {"id": "a"}}'], ids=["snapshot", "INS"])
def test_what_is_quick_has_one_line(stack, instance, body):
    with Told(stack, instance, body) as told:
        (answer,) = told.lines()
    assert answer["op_id"] == 1


def test_it_can_be_only_asked_about(stack, client, instance):
    with Told(stack, instance, snapshot(rows(ROWS)), "&dry_run=true") as told:
        *progress, answer = told.lines()
    assert progress and answer["dry_run"] is True and answer["generated_count"] == ROWS
    assert client.head(instance) == 0


def test_it_goes_on_without_its_client_and_a_repeat_has_the_answer(stack, client, instance):
    body = snapshot(rows(ROWS))
    with Told(stack, instance, body, Idempotency_Key="list-1") as told:
        assert "progress" in told.line()
    # It waits for the transaction that goes on, and finds the key.
    with Told(stack, instance, body, Idempotency_Key="list-1") as again:
        *_, answer = again.lines()
    assert answer["duplicate"] is True and answer["op_id"] == 1
    assert client.head(instance) == ROWS + 1
    other = client.post(f"/{instance}{PATH}", body=snapshot([]), headers={"Idempotency-Key": "list-1"})
    assert (other.status, other.json["code"]) == (409, "idempotency_conflict")


def test_a_worker_that_is_killed_leaves_nothing_of_it(stack, client, instance):
    body = snapshot(rows(ROWS))
    with Told(stack, instance, body, Idempotency_Key="list-1") as told:
        assert "progress" in told.line()
        killed = [(name, stack.kill(name)) for name in ("fcgi-1", "fcgi-2")]
        for name, pid in killed:
            stack.wait_replaced(name, pid)
        client.close()
    head = client.head(instance)
    assert head in (0, ROWS + 1)
    with Told(stack, instance, body, Idempotency_Key="list-1") as again:
        *_, answer = again.lines()
    assert answer.get("duplicate", False) is (head > 0)
    assert client.head(instance) == ROWS + 1


def test_a_client_that_reads_nothing_holds_up_nobody(stack, client, instance):
    with Told(stack, instance, snapshot(rows(ROWS))) as told:
        assert told.response.status == 200
        # The lines lie in nginx and the sockets; the next append waits for the transaction and not for their reader.
        assert client.insert(instance, "after")["op_id"] == ROWS + 2
