"""Lock files of instances: how long one is waited for, and that none is left of an instance that is gone."""

import contextlib
import fcntl
import os
import threading

from support.promises import check_promises
from support.waiting import wait_until
from support.writers import Writers

SETTINGS = {"CHOREO_LOCK_TIMEOUT_SECS": "1"}


def locks(stack):
    return stack.dir / ".control" / "locks"


def instances(client):
    return {one["slug"] for one in client.get("/instances").json["instances"]}


@contextlib.contextmanager
def lock_of(stack, slug):
    """As another process of the server holds it."""
    with open(locks(stack) / slug, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_faults_a15_a_lock_that_is_held_for_too_long_is_503(stack, client, instance):
    client.insert(instance, "before")
    other = f"{instance}-other"
    client.create(other)
    body = {"op": "INS", "target": {"id": "refused"}}
    requests = [
        ("POST", f"/{instance}/operations", body),
        ("POST", f"/instances/{instance}/seed", {"operations": [body]}),
        ("POST", f"/instances/{instance}/rebuild", None),
        ("DELETE", f"/instances/{instance}", None),
    ]
    with lock_of(stack, instance):
        for method, path, json in requests:
            answer = client.request(method, path, json=json)
            assert answer.status == 503 and answer.json["code"] == "busy", (path, answer)
            assert int(answer.headers["Retry-After"]) > 0
            assert str(stack.dir) not in answer.text
        client.insert(other, "meanwhile")
    client.insert(instance, "after")
    assert [one["target"]["id"] for one in client.operations(instance)] == ["before", "after"]


def test_faults_a15_what_is_released_in_time_goes_on(stack, instance):
    with Writers(stack, instance) as writers:
        writers.progress(5)
        with lock_of(stack, instance):
            pass
        writers.progress(5)
    check_promises(stack, instance, writers)


def test_faults_a16_no_lock_file_is_left_of_an_instance_that_is_gone(stack, client, instance):
    for number in range(20):
        slug = f"{instance}-{number}"
        client.create(slug)
        client.insert(slug, "a")
        assert client.delete(f"/instances/{slug}").status == 200
        assert client.delete(f"/instances/{slug}").status == 404
        assert client.post(f"/{slug}/operations", {"op": "INS", "target": {"id": "a"}}).status == 404
        assert client.post(f"/instances/{slug}/seed", {"operations": [{"op": "no"}]}).status == 400
    assert set(os.listdir(locks(stack))) <= instances(client)


def test_faults_a16_deleting_and_making_again_under_writers_of_both_workers(stack, client, slug):
    """The lock file goes and comes back while others wait for it: what was acknowledged last is in the log once."""
    done = threading.Event()
    acknowledged = []

    def write():
        with contextlib.closing(stack.client()) as own:
            while not done.is_set():
                answer = own.post(f"/{slug}/operations", {"op": "INS", "target": {"id": "a"}})
                assert answer.status in (200, 404), answer
                if answer.status == 200:
                    acknowledged.append(answer.json["guid"])

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    for _ in range(40):
        client.create(slug)
        client.insert(slug, "b")
        assert client.delete(f"/instances/{slug}").status == 200
    client.create(slug)
    acknowledged.clear()
    first = client.insert(slug, "c")["op_id"]
    while len(acknowledged) < 50:
        client.insert(slug, "d")
    done.set()
    for writer in writers:
        writer.join()
    found = [one["guid"] for one in client.operations(slug)]
    assert len(found) == len(set(found)) == client.head(slug) >= first
    assert set(acknowledged[6:]) <= set(found), "but for those that were under way when the instance was made"
    assert set(os.listdir(locks(stack))) <= instances(client)


def test_faults_a16_what_a_killed_process_left_goes_at_the_next_start(stack, client, instance):
    left = locks(stack) / f"{instance}-left"
    left.touch()
    stack.kill_and_wait("fcgi-1")
    wait_until(lambda: not left.exists(), "the lock file is gone")
    assert (locks(stack) / instance).exists()
