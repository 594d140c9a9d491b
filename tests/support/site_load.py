"""Load on an installed site while its parts are replaced, and the check that no request failed."""

import contextlib
import threading

from .machine import PARTS
from .promises import check_promises
from .writers import Writers


PATIENCE_SECONDS = 120


class Reader(threading.Thread):
    """Reads until it is stopped, each time over a new connection where told so, and keeps what was no success."""

    def __init__(self, site, path, fresh):
        super().__init__(daemon=True)
        self.site, self.path, self.fresh = site, path, fresh
        self.stopping = threading.Event()
        self.reads, self.failures = 0, []

    def run(self):
        client = self.site.client(timeout=60)
        while not self.stopping.is_set():
            try:
                answer = client.get(self.path)
                failure = None if answer.status == 200 else answer
            except OSError as error:
                failure = error
            if failure is not None:
                self.failures.append(failure)
            self.reads += 1
            if self.fresh:
                client.close()


@contextlib.contextmanager
def load(site, slug, kept=True, plain=8):
    """Writers, readers and streams meanwhile; afterwards not one request has failed, and all promises hold. Nothing is
    sent twice. plain: writers. kept: also over connections that clients keep, which nginx closes when it reloads."""
    client = site.client()
    client.create(slug)
    with site.stream(f"/{slug}/stream", resume=True) as stream:
        readers = [Reader(site, f"/{slug}/operations?limit=5", fresh) for fresh in ((False, True) if kept else (True, True))]
        for reader in readers:
            reader.start()
        with Writers(site, slug, keyed=0, plain=plain) if kept else contextlib.nullcontext() as writers:
            if writers:
                writers.progress(5, PATIENCE_SECONDS)
            yield
            if writers:
                writers.progress(5, PATIENCE_SECONDS)
        for reader in readers:
            reader.stopping.set()
            reader.join()
        site.wait_healthy()
        if writers:
            assert not any(writer.unanswered or writer.refused for writer in writers.all)
            check_promises(site, slug, writers, [stream])
        failures = [failure for reader in readers for failure in reader.failures]
        assert not failures and all(reader.reads for reader in readers), failures[:3]
    client.close()


def pids(site):
    return {unit: site.main_pid(unit) for unit in PARTS}


def replaced(site, before):
    """Every part runs, as another process, and from the file that is there now."""
    after = pids(site)
    for unit, pid in after.items():
        assert pid not in (0, before[unit]), f"{unit} was not replaced"
        assert "(deleted)" not in site.run("readlink", f"/proc/{pid}/exe").stdout
    return True
