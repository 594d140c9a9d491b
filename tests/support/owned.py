"""Directories with an owner: a lock that ends with its process, however that ends, so that the next run can tell what was left
behind by one that was killed."""

import fcntl
import os
import tempfile
from pathlib import Path

OWNER = "owner"


def locked(path):
    """The file, locked until it is closed or this process ends; None if another process has it."""
    file = open(path, "a", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def make(prefix):
    """A new directory in the temporary one, and its lock."""
    place = Path(tempfile.mkdtemp(prefix=prefix, suffix="x"))
    lock = locked(place / "making")
    os.rename(place / "making", place / OWNER)  # it is never seen without its lock
    return place, lock


def abandoned(prefix):
    """Those whose owner is gone, each with its lock, which is ours now."""
    for place in sorted(Path(tempfile.gettempdir()).glob(f"{prefix}*")):
        lock = locked(place / OWNER) if (place / OWNER).exists() else None
        if lock:
            yield place, lock
