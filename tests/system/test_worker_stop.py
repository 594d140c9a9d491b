"""Workers that are told to stop: what nginx has given them, or is about to, is answered."""

import threading

import pytest

from support.writers import Writers, check_log

ROUNDS = 3


class Reader(threading.Thread):
    """Reads until it is stopped, and keeps what was no success."""

    def __init__(self, stack, path, stopping):
        super().__init__(daemon=True)
        self.client, self.path, self.stopping = stack.client(timeout=30), path, stopping
        self.reads, self.failures = 0, []

    def run(self):
        while not self.stopping.is_set():
            answer = self.client.get(self.path)
            if answer.status == 200:
                self.reads += 1
            else:
                self.failures.append(answer)
        self.client.close()


@pytest.mark.parametrize("names", [("fcgi-1",), ("fcgi-1", "fcgi-2")])
def test_a_stop_loses_no_request(stack, client, instance, names):
    """Not one of them is sent twice: neither by nginx (POST), nor by these clients."""
    stopping = threading.Event()
    with Writers(stack, instance, keyed=0, plain=16) as writers:
        readers = [Reader(stack, f"/{instance}/operations?limit=5", stopping) for _ in range(4)]
        for reader in readers:
            reader.start()
        writers.progress(5)
        for _ in range(ROUNDS):
            old = {name: stack.terminate(name) for name in names}
            for name, pid in old.items():
                stack.wait_replaced(name, pid)
            writers.progress(3)
        stopping.set()
        for reader in readers:
            reader.join()
    check_log(client.operations(instance), writers)
    assert not any(writer.unanswered or writer.refused for writer in writers.all)
    assert not any(reader.failures for reader in readers) and all(reader.reads for reader in readers)
