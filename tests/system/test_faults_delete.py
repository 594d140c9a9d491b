"""Deleting an instance under open streams and writers: no resurrection, no 5xx, `gone` on every stream."""

import os
import threading

import pytest

from support.waiting import wait_until
from support.writers import Writers


def files_of(stack, slug):
    return sorted(name for name in os.listdir(stack.dir) if name.startswith(f"{slug}.db"))


def test_delete_under_streams_and_writers(stack, client, instance, receiver):
    client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url()}))
    client.insert(instance, "first")
    streams = [stack.stream(f"/{instance}/stream") for _ in range(5)]
    with Writers(stack, instance, keyed=2, plain=2) as writers:
        writers.progress(20)
        assert client.ok(client.delete(f"/instances/{instance}")) == {"slug": instance, "deleted": True}
        for stream in streams:
            stream.wait_event("gone")
            stream.wait_end()
        for writer in writers.all:
            wait_until(lambda writer=writer: len(writer.refused) >= 5, "writers are told")
    # 410 for those whose operation was under way, 404 for all later ones; nothing with 5xx.
    assert {answer.status for answer in writers.refused} <= {404, 410}
    assert not any(writer.unanswered for writer in writers.all)
    assert files_of(stack, instance) == []
    assert client.get(f"/{instance}/operations").status == 404
    assert client.get(f"/{instance}/stream").status == 404
    assert instance not in [one["slug"] for one in client.get("/instances").json["instances"]]
    for stream in streams:
        assert stream.ids() == sorted(set(stream.ids()))


def test_a_new_instance_of_that_name_starts_empty(stack, client, instance, receiver):
    client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url("/old")}))
    old = client.insert(instance, "old")
    receiver.wait_op_ids([1])
    client.ok(client.delete(f"/instances/{instance}"))
    client.create(instance)
    assert client.ok(client.get(f"/{instance}/webhooks"))["webhooks"] == []
    assert client.head(instance) == 0
    client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url("/new")}))
    new = client.insert(instance, "new")
    assert new["op_id"] == 1 and new["guid"] != old["guid"]
    receiver.wait(lambda _: receiver.op_ids("/new") == [1], "delivered to the new one")
    assert receiver.op_ids("/old") == [1], "the old registration is gone"
    assert client.entity(instance, "things", "old").status == 404


def test_delete_and_create_again_and_again_under_writers(stack, client, instance):
    """Writers never see a 5xx, and an acknowledged operation belongs to the instance that stood there then."""
    with Writers(stack, instance, keyed=0, plain=4) as writers:
        for _ in range(10):
            client.ok(client.delete(f"/instances/{instance}"))
            client.create(instance)
            writers.progress(3)
    assert {answer.status for answer in writers.refused} <= {404, 410}
    assert not any(writer.unanswered for writer in writers.all)
    ids = [o["id"] for o in client.operations(instance)]
    assert ids == list(range(1, len(ids) + 1))
    names = {o["target"]["id"] for o in client.operations(instance)}
    assert names <= set(writers.acknowledged)


@pytest.mark.parametrize("path", ["/operations", "/state/things", "/state/things/a", "/webhooks"])
def test_readers_during_deletion_get_404_or_an_answer(stack, client, instance, path):
    statuses, stop = set(), threading.Event()

    def read():
        own = stack.client()
        while not stop.is_set():
            statuses.add(own.get(f"/{instance}{path}").status)
        own.close()

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for n in range(10):
        client.insert(instance, "a", n=n)
        client.ok(client.delete(f"/instances/{instance}"))
        client.create(instance)
    stop.set()
    for reader in readers:
        reader.join()
    assert statuses <= {200, 404, 410}


def test_two_deletions_at_once_delete_once(stack, client, instance):
    statuses = []

    def delete():
        own = stack.client()
        statuses.append(own.delete(f"/instances/{instance}").status)
        own.close()

    threads = [threading.Thread(target=delete) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [404] * 7
