"""Writers that keep appending while a test breaks things, and the check of what they were promised."""

import http.client
import threading
import time
import uuid

# What a server that is being killed may answer: no connection, or nginx's 502 and 504.
RETRY_STATUS = {502, 503, 504}
# "The disk is full": worth trying again, and nothing was appended.
FULL_STATUS = 507
RETRY_SECONDS = 0.02


class Writer(threading.Thread):
    """Appends one operation after another. `keyed`: repeats each with its Idempotency-Key until it is acknowledged;
    otherwise sends each once, and does not know what became of those without an answer."""

    def __init__(self, stack, slug, keyed, stopping):
        super().__init__(daemon=True)
        self.stack, self.slug, self.keyed, self.stopping = stack, slug, keyed, stopping
        self.acknowledged = {}  # entity id → op_id
        self.unanswered = set()
        self.full = set()  # of those that are not tried again, the ones that the disk had no room for
        self.full_answers = []
        self.refused = []  # answers that are neither success nor "try again"

    def run(self):
        client = self.stack.client(timeout=30)
        while not self.stopping.is_set():
            name = uuid.uuid4().hex
            while self.send(client, name) is None and self.keyed:
                time.sleep(RETRY_SECONDS)
        client.close()

    def send(self, client, name):
        """The operation's id; None if it is not known whether it was appended."""
        body = {"op": "INS", "target": {"id": name}, "context": {"table": "written"}}
        headers = {"Idempotency-Key": name} if self.keyed else {}
        try:
            answer = client.post(f"/{self.slug}/operations", body, headers=headers)
        except (OSError, http.client.HTTPException):
            answer = None
        if answer is None or answer.status in RETRY_STATUS:
            self.unanswered.add(name)
            return None
        if answer.status == FULL_STATUS:
            self.full_answers.append(answer)
            if not self.keyed:
                self.full.add(name)
            return None
        if answer.status != 200:
            self.refused.append(answer)
            return -1
        self.unanswered.discard(name)
        self.acknowledged[name] = answer.json["op_id"]
        return answer.json["op_id"]


class Writers:
    """`with Writers(stack, slug, keyed=3, plain=3) as writers:` stops and joins them at the end."""

    def __init__(self, stack, slug, keyed=3, plain=3):
        self.stopping = threading.Event()
        kinds = [True] * keyed + [False] * plain
        self.all = [Writer(stack, slug, kind, self.stopping) for kind in kinds]

    def __enter__(self):
        for writer in self.all:
            writer.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.stopping.set()
        for writer in self.all:
            writer.join(60)
            assert not writer.is_alive(), "a writer got no acknowledgement for a minute"

    @property
    def acknowledged(self):
        return {name: op_id for writer in self.all for name, op_id in list(writer.acknowledged.items())}

    @property
    def refused(self):
        return [answer for writer in self.all for answer in writer.refused]

    def progress(self, count, seconds=30):
        """Waits until every writer has `count` more acknowledgements."""
        goals = [(writer, len(writer.acknowledged) + count) for writer in self.all]
        deadline = time.monotonic() + seconds
        for writer, goal in goals:
            while len(writer.acknowledged) < goal:
                assert time.monotonic() < deadline, f"only {len(writer.acknowledged)} of {goal} in {seconds} s"
                time.sleep(0.005)


def check_log(operations, writers):
    """Acknowledged means in the log, once, under the id that was told; ids have no gap; nothing unknown is there."""
    assert [o["id"] for o in operations] == list(range(1, len(operations) + 1)), "ids are not consecutive"
    found = {}
    for operation in operations:
        name = operation["target"]["id"]
        assert name not in found, f"{name} is in the log as {found[name]} and as {operation['id']}"
        found[name] = operation["id"]
    acknowledged = writers.acknowledged
    lost = {name: op_id for name, op_id in acknowledged.items() if found.get(name) != op_id}
    assert not lost, f"{len(lost)} acknowledged operations are not in the log as told: {list(lost.items())[:3]}"
    full = set(found) & set().union(*(writer.full for writer in writers.all))
    assert not full, f"{len(full)} operations in the log that were answered with {FULL_STATUS}"
    unanswered = set().union(*(writer.unanswered for writer in writers.all))
    unknown = set(found) - set(acknowledged) - unanswered
    assert not unknown, f"{len(unknown)} operations in the log that nobody sent"
    assert not writers.refused, writers.refused[:3]
