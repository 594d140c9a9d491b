"""A data directory whose permissions are taken away while the server runs: what needs them says so with 503, and works again
by itself when they are back."""

import ctypes
import os

import pytest

from support.promises import check_promises
from support.stack import Stack, end_with_parent
from support.writers import Writers

PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


def obey_permissions():
    """So that a stack of root's minds the permissions of files as anyone else does."""
    end_with_parent()
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


@pytest.fixture(scope="module")
def stack():
    running = Stack(prepare=obey_permissions).start()
    yield running
    running.stop()


def test_a_directory_without_write_permission_takes_no_new_instance(stack, client, slug, instance):
    with Writers(stack, instance, keyed=1, plain=1) as writers:
        writers.progress(10)
        os.chmod(stack.dir, 0o500)
        made = client.post("/instances", {"slug": f"{slug}-new"})
        removed = client.delete(f"/instances/{instance}")
        health = client.get("/health")
        writers.progress(10)  # its files are there and can be written to
        os.chmod(stack.dir, 0o700)
    for answer in (made, removed):
        assert answer.status == 503 and answer.json["code"] == "storage_unavailable", answer
        assert answer.json["error"].endswith("Permission denied.")
    assert health.status == 503 and health.json["error"] == "data directory: Permission denied"
    assert client.get("/health").status == 200
    client.create(f"{slug}-new")
    check_promises(stack, instance, writers)


@pytest.mark.parametrize("place", ["", ".control/locks"])
def test_a_directory_that_cannot_be_entered(stack, client, instance, receiver, place):
    client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url()}))
    with stack.stream(f"/{instance}/stream", resume=True) as stream:
        with Writers(stack, instance, keyed=2, plain=0) as writers:
            writers.progress(10)
        # Nobody is writing now: a commit that had begun would go on, and take along what comes meanwhile.
        os.chmod(stack.dir / place, 0)
        with Writers(stack, instance, keyed=2, plain=0) as later:
            answers = [client.post(f"/{instance}/operations", {"op": "INS", "target": {"id": "no"}}) for _ in range(3)]
            os.chmod(stack.dir / place, 0o700)
            later.progress(10)
        writers.all += later.all
        for answer in answers:
            assert answer.status == 503 and answer.json["code"] == "storage_unavailable", answer
            assert answer.json["error"].endswith("Permission denied.")
        check_promises(stack, instance, writers, [stream], [receiver])
