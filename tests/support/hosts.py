"""Names of a test's own: a stack may have another /etc/hosts than the rest of the machine."""

import ctypes
import os
import subprocess

import pytest

from .stack import end_with_parent

CLONE_NEWNS = 0x00020000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000


def replace_hosts(path):
    """For Stack's prepare: its processes read this file as /etc/hosts."""
    libc = ctypes.CDLL(None, use_errno=True)

    def check(result):
        if result != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def prepare():
        end_with_parent()
        check(libc.unshare(CLONE_NEWNS))
        check(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))
        check(libc.mount(os.fsencode(path), b"/etc/hosts", None, MS_BIND, None))

    probe = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        pytest.skip(f"a view of the file system of its own is needed, and was refused: {probe.stderr.strip()}")
    return prepare
