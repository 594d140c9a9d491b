"""Databases of the earlier system, odd in every way it allowed (tests/golden/earlier): they open, and serve the right state."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from support.receiver import Receiver
from support.stack import Stack

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "earlier"
NEWER_VERSION = 1000
OURS = re.compile(r"kSchemaVersion = (\d+)")
SCHEMA_HEADER = Path(__file__).resolve().parents[2] / "core" / "log" / "schema.h"


def make(directory, slug, sql):
    subprocess.run(["sqlite3", "-bail", directory / f"{slug}.db"], input=sql, text=True, check=True)


@pytest.fixture(scope="module")
def stack():
    running = Stack()
    running.dir.mkdir(parents=True)
    for file in GOLDEN.glob("*.sql"):
        make(running.dir, file.stem.replace("_", "-"), file.read_text(encoding="utf-8"))
    make(running.dir, "newer", f"CREATE TABLE anything(x); PRAGMA user_version = {NEWER_VERSION};")
    running.start()
    yield running
    running.stop()


def test_odd_rows(stack, client):
    operations = client.operations("odd")
    assert [operation["id"] for operation in operations] == [2, 3, 10, 11, 12, 13, 400, 401, 402]
    assert operations[6]["target"] == {}, "what is no JSON is served as an empty object"
    listed = next(one for one in client.get("/instances").json["instances"] if one["slug"] == "odd")
    assert (listed["operations"], listed["head"], listed["entities"], listed["tables"]) == (9, 402, 3, ["places"])

    places = client.get("/odd/state/places").json["entities"]
    assert [place["id"] for place in places] == ["7", "ghost", "p1"], "from the log, not from the derived tables"
    seven, _, first = places
    assert (seven["status"], seven["score"], seven["_ops"]) == ("closed", None, {"INS": 1, "CON": 1, "ALT": 1})
    assert first["name"] == "Fern & Iron" and first["price"] == {"_nul": True, "op_id": 402}
    assert first["_seg"] == [{"boundary": "east", "op_id": 13}]
    chain = client.get("/odd/query?q=state(target.id=p1)%20%3E%3E%20CON()").json["con_chain"]
    assert [edge["target"] for edge in chain["edges"]] == ["7"]
    assert client.get("/odd/biography/7").json["operation_count"] == 3
    assert client.get("/odd/operations?after=13&limit=1").json["operations"][0]["id"] == 400


def test_odd_times(client):
    def alive(moment):
        return [place["id"] for place in client.get(f"/odd/state/places?{moment}").json["entities"]]

    assert alive("at_op=2") == ["p1"] and alive("at_op=9") == ["7", "p1"] and alive("at_op=400") == ["7", "p1"]
    # 11:00+02:00 is 09:00Z, before the operation before it; the ghost's time is a month before that of its neighbours.
    assert alive("at=2025-02-15") == ["ghost"]
    assert alive("at=2025-03-01T09:30:00Z") == ["7", "ghost"]
    assert alive("at=2025-03-01T10:00:00Z") == ["7", "ghost", "p1"]
    # A time that cannot be read counts as its predecessor's.
    status = client.get("/odd/state/places/p1?at=2025-03-03T12:00:00Z").json
    assert status["odd"] == "time" and status["_seg"] == [{"boundary": "east", "op_id": 13}] and status["price"] == 1.1
    found = client.get("/odd/query?q=stream(after=%222025-03-02%22,before=%222025-03-04T12:00:00Z%22)").json
    assert [operation["id"] for operation in found["operations"]] == [400, 11, 10]


def test_it_goes_on_after_the_last_id(stack, client):
    with Receiver() as receiver, stack.stream("/odd/stream") as stream:
        client.ok(client.post("/odd/webhooks", {"url": receiver.url()}))
        answer = client.append("odd", "INS", {"id": "new"}, {"table": "places"})
        assert answer["op_id"] == 403 and answer["pretty_id"] == "NEW-403"
        assert stream.wait_id(403) == [2, 3, 10, 11, 12, 13, 400, 401, 402, 403]
        receiver.wait_op_ids([403])
    # An operation of the old log that is sent again is known by its guid.
    again = {"op": "INS", "target": {"id": "ghost", "name": "Ghost"}, "context": {"table": "places"}}
    answer = client.post("/odd/operations", {**again, "guid": "3F1C9D62-0b1e-4c57-9d0a-6f3f5a8b0401"})
    assert client.ok(answer)["duplicate"] is True and answer.json["op_id"] == 401
    before = client.get("/odd/state/places").json
    assert client.ok(client.post("/instances/odd/rebuild"))["rebuilt"] is True
    assert client.get("/odd/state/places").json == before


@pytest.mark.parametrize("slug, pretty_ids", [("null-guids", ["ÁBA-1", "B-2", "OP-3"]), ("oldest", ["FIR-1", "B-2", "OP-3"])])
def test_missing_identifiers_are_made(client, slug, pretty_ids):
    operations = client.operations(slug)
    assert [operation["pretty_id"] for operation in operations] == pretty_ids
    assert len({operation["guid"] for operation in operations}) == 3
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", operation["guid"]) for operation in operations)
    assert client.get(f"/{slug}/state/t/a").json["alive"] is True
    assert client.operations(slug) == operations, "made once"


def test_a_newer_schema_is_refused_with_both_numbers_and_left_untouched(stack, client):
    file = stack.dir / "newer.db"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    ours = OURS.search(SCHEMA_HEADER.read_text(encoding="utf-8")).group(1)
    for answer in (client.get("/newer/state/anything"), client.post("/newer/operations", {"op": "INS", "target": {"id": "a"}})):
        assert answer.status == 503 and answer.json["code"] == "newer_schema"
        assert str(NEWER_VERSION) in answer.json["error"] and f" {ours};" in answer.json["error"]
    listed = {one["slug"]: one for one in client.get("/instances").json["instances"]}
    assert listed["newer"]["code"] == "newer_schema" and listed["oldest"]["operations"] == 3
    assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
    assert [path.name for path in stack.dir.glob("newer*")] == ["newer.db"]
