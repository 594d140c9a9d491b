"""A file system that is this process: FUSE, with a root that has an empty directory. Enough to be looked at."""

import contextlib
import ctypes
import errno
import os
import struct
import tempfile
from pathlib import Path
from threading import Thread

import pytest

LOOKUP, FORGET, GETATTR, STATFS, INIT, OPENDIR, READDIR, RELEASEDIR = 1, 2, 3, 17, 26, 27, 28, 29
ROOT, CHILD = 1, 2
HEADER = struct.Struct("=IIQQIIII")  # length, opcode, unique, node, and what is of no use here
ATTRIBUTES = struct.pack("=6Q10I", 0, 4096, 8, 0, 0, 0, 0, 0, 0, 0o40755, 2, 0, 0, 0, 4096, 0)
DETACH = 2


def answer(opcode, node, body, name):
    """The answer's bytes, or None where there is no such thing."""
    if opcode == INIT:
        major, minor, readahead = struct.unpack_from("=III", body)
        return struct.pack("=IIIIHHIIHHI", 7, 31, readahead, 0, 12, 10, 4096, 1, 0, 0, 0) + bytes(28)
    if opcode == LOOKUP and node == ROOT and body.rstrip(b"\0") == name:
        return struct.pack("=QQQQII", CHILD, 0, 1, 1, 0, 0) + ATTRIBUTES
    if opcode == GETATTR:
        return struct.pack("=QII", 1, 0, 0) + struct.pack("=Q", node) + ATTRIBUTES[8:]
    if opcode == STATFS:
        return struct.pack("=5Q4I24x", 1 << 30, 1 << 30, 1 << 30, 1 << 20, 1 << 20, 4096, 255, 4096, 0)
    return {OPENDIR: struct.pack("=QII", 1, 0, 0), READDIR: b"", RELEASEDIR: b""}.get(opcode)


def serve(fd, name):
    while True:
        try:
            request = os.read(fd, 1 << 17)
        except OSError as error:
            if error.errno in (errno.EINTR, errno.ENOENT):
                continue
            return  # it is no longer mounted
        _, opcode, unique, node, *_ = HEADER.unpack_from(request)
        if opcode == FORGET:
            continue
        body = answer(opcode, node, request[HEADER.size :], name)
        status = 0 if body is not None else -(errno.ENOENT if opcode == LOOKUP else errno.ENOSYS)
        body = body or b""
        os.write(fd, struct.pack("=IiQ", 16 + len(body), status, unique) + body)


@contextlib.contextmanager
def fuse_disk(name):
    """Its path; in it is the directory `name`. Skips the test where mounting is refused."""
    path = Path(tempfile.mkdtemp(prefix="choreo-fuse-"))
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        fd = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        path.rmdir()
        pytest.skip(f"FUSE is not to be had: {error}")
    options = f"fd={fd},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    if libc.mount(b"choreo-test", bytes(path), b"fuse", 0, options) != 0:
        os.close(fd)
        path.rmdir()
        pytest.skip(f"mount refused: {os.strerror(ctypes.get_errno())}")
    served = Thread(target=serve, args=(fd, name.encode()), daemon=True)
    served.start()
    try:
        yield path
    finally:
        libc.umount2(bytes(path), DETACH)
        os.close(fd)  # ends the connection, whoever still waits
        served.join(10)
        path.rmdir()
