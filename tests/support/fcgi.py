"""FastCGI as a web server speaks it to the workers' socket, for what nginx would not do."""

import socket
import struct

BEGIN, PARAMS, STDIN = 1, 4, 5
END_REQUEST = b"\x01\x03\x00\x01\x00\x08"


def record(kind, content=b"", request=1):
    return struct.pack(">BBHHBB", 1, kind, request, len(content), 0, 0) + content


def pair(name, value):
    return b"".join(struct.pack(">I", len(part) | 0x80000000) for part in (name, value)) + name + value


def head(method, path, length=0, **more):
    given = {"REQUEST_METHOD": method, "REQUEST_URI": path, "CONTENT_LENGTH": str(length), **more}
    parameters = b"".join(pair(name.encode(), value.encode()) for name, value in given.items())
    return record(BEGIN, b"\0\1\1\0\0\0\0\0") + record(PARAMS, parameters) + record(PARAMS)


def get(path):
    return head("GET", path) + record(STDIN)


def post(path, body, **more):
    pieces = [body[at : at + 60000] for at in range(0, len(body), 60000)]
    return head("POST", path, len(body), **more) + b"".join(record(STDIN, piece) for piece in pieces) + record(STDIN)


def connect(stack):
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(20)
    made.connect(str(stack.run_dir / "fcgi.sock"))
    return made


def read_answer(connection):
    """All bytes up to the end of the answer, or of the connection."""
    answer = b""
    while END_REQUEST not in answer:
        try:
            piece = connection.recv(1 << 20)
        except ConnectionResetError:
            break
        if not piece:
            break
        answer += piece
    return answer
