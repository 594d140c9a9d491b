"""A small file system of a test's own, which can be filled and freed."""

import errno
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

PIECES = (1 << 20, 1 << 16, 1 << 12)


class SmallDisk:
    """A tmpfs; `with SmallDisk(megabytes) as disk:`. Skips the test where mounting is refused."""

    def __init__(self, megabytes):
        self.path = Path(tempfile.mkdtemp(prefix="choreo-disk-"))
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "choreo-test", self.path]
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            self.path.rmdir()
            pytest.skip(f"a file system of its own is needed, and mount refused: {mounted.stderr.strip()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", self.path], check=True)
        self.path.rmdir()

    @property
    def ballast(self):
        return self.path / "ballast"

    def fill(self):
        """Leaves no page free, whoever else is writing."""
        with open(self.ballast, "ab", buffering=0) as ballast:
            for size in PIECES:
                while self.takes(ballast, size):
                    pass

    @staticmethod
    def takes(ballast, size):
        try:
            return ballast.write(bytes(size)) > 0
        except OSError as error:
            assert error.errno == errno.ENOSPC, error
            return False

    def free(self):
        os.unlink(self.ballast)
