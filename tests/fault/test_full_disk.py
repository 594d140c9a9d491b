"""A full disk: writes are refused with 507, reads go on, and writing resumes by itself when there is room again."""

import pytest

from support.promises import check_promises
from support.small_disk import SmallDisk
from support.stack import Stack
from support.waiting import wait_until
from support.writers import Writers

DISK_MEGABYTES = 24


@pytest.fixture(scope="module")
def disk():
    with SmallDisk(DISK_MEGABYTES) as mounted:
        yield mounted


@pytest.fixture(scope="module")
def stack(disk):
    running = Stack(data_dir=disk.path / "data").start()
    yield running
    running.stop()


def refused(writers):
    for writer in writers.all:
        count = len(writer.full_answers)
        wait_until(lambda writer=writer, count=count: len(writer.full_answers) > count + 3, "a writer is told")


def check_reads(client, slug):
    log = client.operations(slug)
    assert log[-1]["id"] == len(log)
    last = log[-1]["target"]["id"]
    assert client.ok(client.entity(slug, "written", last))["alive"] is True
    assert client.get(f"/{slug}/state/written?limit=5").status == 200
    assert client.get(f"/{slug}/biography/{last}").json["operation_count"] == 1
    assert slug in [one["slug"] for one in client.ok(client.get("/instances"))["instances"] if "error" not in one]
    return len(log)


def test_writing_resumes_when_there_is_room(disk, stack, client, instance, receiver):
    client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url()}))
    with stack.stream(f"/{instance}/stream", resume=True) as stream, Writers(stack, instance) as writers:
        for _ in range(2):
            writers.progress(30)
            disk.fill()
            refused(writers)
            head = check_reads(client, instance)
            with stack.stream(f"/{instance}/stream?last_id={head - 3}") as late:
                assert late.wait_id(head)[:3] == [head - 2, head - 1, head]
            disk.free()
            writers.progress(30)
        writers.stop()
        answer = writers.all[0].full_answers[0]
        assert answer.json["code"] == "disk_full"
        assert answer.json["error"].endswith("free some space, writing resumes by itself.")
        check_promises(stack, instance, writers, [stream], [receiver])


def test_what_else_needs_room_says_so(disk, client, instance, receiver):
    client.insert(instance, "a")
    disk.fill()
    made = client.post("/instances", {"slug": f"{instance}-late"})
    big = {"op": "INS", "target": {"id": "big", "text": "x" * (1 << 20)}}
    appended = client.post(f"/{instance}/operations", big)
    seeded = client.post(f"/instances/{instance}/seed", {"operations": [big]})
    health = client.get("/health")
    listed = client.get("/instances")
    disk.free()
    for answer in (made, appended, seeded):
        assert answer.status == 507 and answer.json["code"] == "disk_full", answer
    assert health.status == 503 and "no space left" in health.json["error"]
    assert f"{instance}-late" not in [one["slug"] for one in listed.json["instances"]]
    assert client.get("/health").status == 200
    client.create(f"{instance}-late")
    assert client.append(instance, "INS", big["target"])["op_id"] == 2


def test_workers_that_start_on_a_full_disk_read_and_refuse(disk, stack, client, instance):
    with Writers(stack, instance, keyed=2, plain=0) as writers:
        writers.progress(30)
        disk.fill()
        refused(writers)
        for name in ("fcgi-1", "fcgi-2", "broker", "streamer", "dispatcher"):
            stack.wait_replaced(name, stack.kill(name))
        refused(writers)
        client.close()
        head = check_reads(client, instance)
        with stack.stream(f"/{instance}/stream") as stream:
            stream.wait_id(head)
        disk.free()
        writers.progress(30)
    check_promises(stack, instance, writers)
