"""Another program that holds the write lock for longer than a commit waits, or a snapshot for longer than there is room."""

from support.promises import check_promises
from test_locks import LARGE, WAL_LIMIT, snapshot, wal_bytes, write_lock

SETTINGS = {"CHOREO_LOCK_TIMEOUT_SECS": "1", "CHOREO_MAX_WAL_BYTES": str(WAL_LIMIT)}


def test_it_is_refused_after_the_time_that_is_set(stack, client, instance):
    client.insert(instance, "a")
    other = f"{instance}-other"
    client.create(other)
    body = {"op": "INS", "target": {"id": "b"}}
    with write_lock(stack, instance):
        refused = client.post(f"/{instance}/operations", body)
        assert client.insert(other, "x")["op_id"] == 1, "other instances do not notice"
    assert refused.status == 503 and refused.json["code"] == "busy" and int(refused.headers["Retry-After"]) > 0, refused
    assert refused.json["error"].endswith("another program holds the lock, try again.")
    assert client.ok(client.post(f"/{instance}/operations", body))["op_id"] == 2
    check_promises(stack, instance)


def test_a_log_that_cannot_start_anew_has_a_limit(stack, client, instance):
    first = {"op": "INS", "target": {"id": "first", "text": LARGE}}
    client.ok(client.post(f"/{instance}/operations", first))
    with snapshot(stack, instance):
        taken, refusals = 1, []  # a worker knows the log as its own last commit left it, so each refuses by itself
        while len(refusals) < 2:
            answer = client.post(f"/{instance}/operations", first)
            taken, refusals = (taken + 1, []) if answer.status == 200 else (taken, [*refusals, answer])
            assert taken < 100, "about 2 MB each"
        for refused in refusals:
            assert refused.status == 503 and refused.json["code"] == "wal_full" and refused.headers["Retry-After"], refused
            assert refused.json["error"].endswith("writing resumes by itself when that ends.")
        assert wal_bytes(stack, instance) < 2 * WAL_LIMIT
        assert client.head(instance) == taken, "reads go on"
    client.insert(instance, "goes on")
    assert client.head(instance) == taken + 1
    check_promises(stack, instance)
