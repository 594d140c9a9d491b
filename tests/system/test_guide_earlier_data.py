"""A data directory of the earlier system opens as it is: databases, and webhooks.json."""

import json
import sqlite3
import uuid

import pytest

from support.receiver import Receiver
from support.stack import Stack

# Its log, and the derived tables that it kept beside it.
SCHEMA = """
CREATE TABLE operations (id INTEGER PRIMARY KEY AUTOINCREMENT, pretty_id TEXT, guid TEXT NOT NULL, ts TEXT NOT NULL,
  op TEXT NOT NULL, target TEXT NOT NULL, context TEXT NOT NULL, frame TEXT NOT NULL);
CREATE TABLE _projected (tbl TEXT, entity_id TEXT, data TEXT, alive INTEGER, last_op INTEGER);
CREATE TABLE _con_edges (source TEXT, target TEXT, data TEXT);
CREATE TABLE _snapshots (op_id INTEGER, data TEXT);
CREATE TABLE _meta (key TEXT, value TEXT);
INSERT INTO _projected VALUES ('places', 'stale', '{"name":"not from the log"}', 1, 99);
"""
PLACES = '{"table":"places"}'
LOG = [
    ("INS", '{"id":"p1","name":"Fern & Iron","price":1.10}', PLACES, "{}"),
    ("INS", '{"id":"p2","name":"Harbour","status":"open"}', PLACES, '{"source":"walk"}'),
    ("ALT", '{"id":"p2","status":"closed"}', PLACES, '{"reason":"seen"}'),
    ("CON", '{"source":"p1","target":"p2","coupling":0.8}', PLACES, "{}"),
    ("NUL", '{"id":"p1","entity_id":"p1","field":"price"}', PLACES, "{}"),
]


def write_database(path):
    with sqlite3.connect(path) as database:
        database.executescript(SCHEMA)
        for number, (op, target, context, frame) in enumerate(LOG, 1):
            row = (f"OP-{number}", str(uuid.uuid4()), f"2025-03-0{number}T10:00:00.000Z", op, target, context, frame)
            database.execute(
                "INSERT INTO operations (pretty_id, guid, ts, op, target, context, frame) VALUES (?,?,?,?,?,?,?)", row
            )
    database.close()


@pytest.fixture(scope="module")
def hooks():
    with Receiver() as running:
        yield running


@pytest.fixture(scope="module")
def stack(hooks):
    running = Stack()
    running.dir.mkdir(parents=True)
    write_database(running.dir / "old.db")
    registered = {"old": [{"url": hooks.url("/all")}, {"url": hooks.url("/some"), "filter": ["NUL"], "active": True}]}
    (running.dir / "webhooks.json").write_text(json.dumps(registered))
    running.start()
    yield running
    running.stop()


def test_log_state_and_webhooks_are_there_and_go_on(stack, client, hooks):
    listed = {one["slug"]: one for one in client.ok(client.get("/instances"))["instances"]}
    assert (listed["old"]["operations"], listed["old"]["head"], listed["old"]["entities"]) == (5, 5, 2)

    operations = client.operations("old")
    assert [(o["id"], o["op"], o["ts"]) for o in operations][::4] == [
        (1, "INS", "2025-03-01T10:00:00.000Z"),
        (5, "NUL", "2025-03-05T10:00:00.000Z"),
    ]
    assert b'"price":1.10' in client.get("/old/operations?limit=1").body

    places = client.ok(client.get("/old/state/places"))
    assert [place["id"] for place in places["entities"]] == ["p1", "p2"], "rebuilt from the log, not taken over"
    assert places["entities"][0]["price"] == {"_nul": True, "op_id": 5}, "a field NUL no longer kills"
    assert places["entities"][1]["status"] == "closed"

    with stack.stream("/old/stream") as stream:
        assert stream.wait_id(5) == [1, 2, 3, 4, 5]
        assert client.append("old", "ALT", {"id": "p1", "name": "Fern"}, {"table": "places"})["op_id"] == 6
        assert client.append("old", "NUL", {"id": "p2"}, {"table": "places"})["op_id"] == 7
        assert stream.wait_id(7) == [1, 2, 3, 4, 5, 6, 7]

    webhooks = client.ok(client.get("/old/webhooks"))["webhooks"]
    assert sorted(hook["url"].rpartition("/")[2] for hook in webhooks) == ["all", "some"]
    hooks.wait(lambda _: sorted(hooks.op_ids("/all")) == [6, 7] and hooks.op_ids("/some") == [7], "the new ones delivered")


def test_a_second_start_finds_it_migrated(stack, client):
    before = client.operations("old"), client.ok(client.get("/old/state/places"))
    client.close()
    stack.restart()
    assert (client.operations("old"), client.ok(client.get("/old/state/places"))) == before
    assert len(client.ok(client.get("/old/webhooks"))["webhooks"]) == 2
