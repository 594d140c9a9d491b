"""A log that comes back while the server runs: its file is replaced by an earlier copy of itself, with the same epoch."""

import os
import sqlite3
from contextlib import closing

import pytest

from support.ctl import ctl
from support.webhooks import append_many, register, settled, wait_state

SETTINGS = {"CHOREO_STREAM_HEARTBEAT_SECS": "1"}
COPIED, LOST = 10, 10


@pytest.fixture
def put_back(stack, client, instance):
    """Puts back a copy of the first COPIED operations; by then there are LOST more."""
    path, copy = stack.dir / f"{instance}.db", stack.dir / f"{instance}.earlier"
    append_many(client, instance, COPIED, of="both")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    append_many(client, instance, LOST, of="lost")

    def act():
        for tail in ("-wal", "-shm"):
            path.with_name(path.name + tail).unlink(missing_ok=True)
        os.replace(copy, path)

    return act


def guids(client, slug):
    return [one["guid"] for one in client.ok(client.get(f"/{slug}/operations?limit=1000"))["operations"]]


def check_started_again(client, slug, stream, count):
    """After the reset the stream had what is in the log now, and nothing else."""

    def since(s):
        reset = max(n for n, event in enumerate(s.events) if event.name == "reset")
        return [event.json["guid"] for event in s.events[reset:] if event.name == "op"]

    stream.wait_event("reset")
    stream.wait(lambda s: len(since(s)) >= count, "everything again")
    assert since(stream) == guids(client, slug)[: len(since(stream))]
    assert stream.named("reset")[-1].id == "0" and not stream.named("gone")


@pytest.mark.parametrize("more", [0, 10, 15], ids=["none", "as-many", "more"])
def test_faults_b2_streams_reset_and_webhooks_go_back(stack, client, instance, receiver, put_back, more):
    hook = register(client, instance, receiver.url(), **{"from": "beginning"})["id"]
    with stack.stream(f"/{instance}/stream") as stream, stack.stream(f"/{instance}/stream?op=INS") as filtered:
        for one in (stream, filtered):
            one.wait_ops(COPIED + LOST)
        receiver.wait_op_ids(range(1, COPIED + LOST + 1))
        settled(client, instance)
        before = guids(client, instance)
        put_back()
        if more:
            append_many(client, instance, more, of="new")
        now = guids(client, instance)
        assert now[:COPIED] == before[:COPIED] and not set(now[COPIED:]) & set(before[COPIED:])
        for one in (stream, filtered):
            check_started_again(client, instance, one, COPIED + more)
        receiver.wait(lambda ds: {d.json["guid"] for d in ds} >= set(now), "the webhook gets what is new")
        state = wait_state(client, instance, hook, lambda h: h["cursor"] == COPIED + more, "it is at the head")
        assert state["lag"] == 0
        client.insert(instance, "later")
        stream.wait(lambda s: s.events[-1].name == "op" and s.events[-1].json["target"]["id"] == "later", "the live one")
        receiver.wait(lambda ds: ds[-1].json["target"]["id"] == "later", "the live one")
    ids = {}
    for delivery in receiver.deliveries:
        ids.setdefault(delivery.headers["webhook-id"], set()).add(delivery.json["guid"])
    assert all(len(of) == 1 for of in ids.values()), "a receiver that remembers ids takes no new operation for a lost one"


def test_faults_b2_a_new_stream_has_only_what_is_in_the_log(stack, client, instance, put_back):
    with stack.stream(f"/{instance}/stream?event=seen") as stream:
        stream.wait(lambda s: len(s.named("seen")) == COPIED + LOST, "all of them")  # read from the log, and kept
    put_back()
    with stack.stream(f"/{instance}/stream") as stream:
        stream.wait_ops(COPIED)
        client.insert(instance, "new")
        stream.wait(lambda s: s.events[-1].name == "op" and s.events[-1].json["target"]["id"] == "new", "the live one")
        assert {event.json["guid"] for event in stream.named("op")} == set(guids(client, instance))


def test_faults_b2_a_restore_into_a_running_server_is_another_log(stack, client, instance, tmp_path):
    append_many(client, instance, 3)
    epoch = client.get(f"/{instance}/operations").headers["X-Choreo-Epoch"]
    assert ctl("backup", tmp_path, "--dir", stack.dir).status == 0
    [backup] = tmp_path.glob("choreo-*")
    client.ok(client.delete(f"/instances/{instance}"))
    refused = ctl("restore", backup, "--dir", stack.dir, "--instance", instance, "--keep-epoch")
    assert refused.status == 1 and "stop it first" in refused.err, refused
    assert client.get(f"/{instance}/operations").status == 404
    assert ctl("restore", backup, "--dir", stack.dir, "--instance", instance).status == 0
    restored = client.get(f"/{instance}/operations")
    assert len(restored.json["operations"]) == 3 and restored.headers["X-Choreo-Epoch"] != epoch
