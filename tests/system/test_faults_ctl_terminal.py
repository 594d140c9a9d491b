"""What choreoctl prints can do nothing to a terminal, whatever an entity or a server says; and what a hostile server sends is
bounded."""

import contextlib
import json
import os
import pty
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from support.ctl import Ctl, command, commands_of_help, environment

# ESC, BEL, a string that sets the title, CSI as one character, a carriage return, turned writing, line breaks.
NASTY = "a\x1b[31mb\x07c\x1b]0;t\x07d\x9be\rf\u202eg\u2066h\u200fi\u2028j\nk\x7fl"
ACTING = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def at_a_terminal(*words, settings):
    """What a terminal gets but for the bar of progress, as text; a line ends with CR LF there, of CSV with another CR."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        command(*words), stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment(settings), close_fds=True
    )
    os.close(theirs)
    got = b""
    with contextlib.suppress(OSError):  # EIO: the last writer has gone
        while piece := os.read(ours, 65536):
            got += piece
    os.close(ours)
    assert running.wait(60) < 128
    return re.sub(r"\r\x1b\[K(?:(?:im|ex)porting [\[\]# %0-9]*)?", "", got.decode()).replace("\r\r\n", "\n").replace("\r\n", "\n")


def is_harmless(text):
    found = ACTING.search(text)
    assert found is None and "\r" not in text, (found, text)
    return text


@pytest.fixture
def nasty(client, instance):
    table = "t\u202e\u2028"
    target = {"id": "id\u202e\u2066", "v": NASTY, f"field{NASTY}": [NASTY]}
    client.append(instance, "INS", target, {"table": table}, {"source": NASTY})
    client.append(instance, "INS", {"id": "plain", "v": NASTY}, {"table": "plain"})
    hook = {"url": "http://127.0.0.1:9/x", "active": False, "description": NASTY}
    client.ok(client.post(f"/{instance}/webhooks", hook))
    return instance


COMMANDS = [
    ("query", "SLUG", "state(context.table=plain)"),
    ("query", "SLUG", "stream(limit=5)"),
    ("query", "SLUG", "state(v>=\x1b[31m)"),
    ("--json", "query", "SLUG", "state(context.table=plain)"),
    ("tail", "SLUG", "--after", "0", "--count", "2"),
    ("--json", "tail", "SLUG", "--after", "0", "--count", "2"),
    ("export", "SLUG"),
    ("export", "SLUG", "--table", "plain"),
    ("export", "SLUG", "--table", "plain", "--csv"),
    ("export", "SLUG", "--table", "plain", "--csv", "--exact"),
    ("log", "dump", "SLUG"),
    ("instance", "list"),
    ("instance", "info", "SLUG"),
    ("webhook", "list", "SLUG"),
    ("op", "SLUG", '{"op":"\x1b[31m"}'),
    ("op", "SLUG\x1b[31m", "{}"),
    ("\x1b[31m",),
    ("query", "--\x1b[31m"),
    ("verify", "/nonexistent\x1b[31m"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:3]).encode("unicode_escape").decode())
def test_faults_e7_values_are_escaped_at_a_terminal(stack, nasty, words):
    words = [word.replace("SLUG", nasty) for word in words]
    text = is_harmless(at_a_terminal(*words, settings=Ctl(stack).settings))
    assert text.strip()


def test_faults_e7_a_line_break_does_not_tear_a_table(stack, choreoctl, nasty):
    lines = at_a_terminal("query", nasty, "plain", settings=Ctl(stack).settings).splitlines()
    assert len(lines) == 2 and lines[1].startswith("plain") and r"a\u001b[31mb\u0007c" in lines[1] and r"j\nk" in lines[1]
    assert len(choreoctl.ok("query", nasty, "plain").out.split("\n")) == 3, "nor where it is no terminal"
    assert len(choreoctl.ok("tail", nasty, "--after", "0", "--count", "2").out.split("\n")) == 3


def test_faults_e7_what_is_escaped_is_the_same_json(stack, choreoctl, nasty):
    answer = json.loads(at_a_terminal("--json", "query", nasty, "plain", settings=Ctl(stack).settings))
    assert answer["entities"][0]["v"] == NASTY
    # Where it is no terminal, every byte is as it was.
    assert json.loads(choreoctl.ok("--json", "query", nasty, "plain").out)["entities"][0]["v"] == NASTY
    assert "\x9b" in choreoctl.ok("export", nasty).out and "\u202e" in choreoctl.ok("export", nasty).out


# --- a hostile server


class Hostile(BaseHTTPRequestHandler):
    """Each answer has what it should not."""

    def do_GET(self):
        self.answer(200 if self.server.status is None else self.server.status)

    do_POST = do_PATCH = do_DELETE = do_GET

    def answer(self, status):
        if self.server.length:
            return self.endless(status)
        item = {name: NASTY for name in ("id", "slug", "url", "state", "error", "lag", "status", "last_op_ts", "disabled_reason")}
        item |= {"operations": NASTY, "warning": NASTY, "dead": NASTY}
        lists = ("instances", "webhooks", "entities", "operations", "attempts", "dead", "components", "generated")
        body = {"error": NASTY, "code": NASTY, "status": NASTY, "next_cursor": NASTY, **{name: [item] for name in lists}}
        body |= {"added": {"id": NASTY, "secret": NASTY}, "attempt": {"error": NASTY, "status": NASTY}, "appended": NASTY}
        self.reply(status, json.dumps(body).encode())

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def endless(self, status):
        """A line, or a body, without end; as much as choreoctl takes."""
        self.send_response(status)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(b"data: {")
            for _ in range(self.server.length >> 20):
                self.wfile.write(b"x" * (1 << 20))
                self.server.sent += 1 << 20

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def hostile(status=None, length=0):
    with ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        server.status, server.length, server.sent = status, length, 0
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


# A command line for each command that asks a server, with arguments of the right number.
ARGUMENTS = {
    "op": ("shop", "{}"), "query": ("shop", "q"), "export": ("shop",), "import": ("shop", "FILE"), "tail": ("shop", "--count", "1"),
    "ingest": ("shop", "FILE", "--table", "t", "--ndjson"), "doctor": ("--remote",), "complete": ("--", "tail", ""),
    "instance list": (), "instance info": (NASTY.replace("\x00", ""),), "instance create": ("shop",), "instance rebuild": ("shop",),
    "instance delete": ("shop", "--yes"), "webhook list": ("shop",), "webhook register": ("shop", "http://x/"),
    "webhook change": ("shop", "w", "--url", "http://x/"), "webhook show": ("shop", "w"), "webhook remove": ("shop", "w"),
    "webhook enable": ("shop", "w"), "webhook attempts": ("shop", "w"), "webhook dead": ("shop", "w"),
    "webhook test": ("shop", "w"), "webhook replay": ("shop", "w", "--dead"), "webhook rotate-secret": ("shop", "w"),
}  # fmt: skip
WITHOUT_SERVER = {"backup", "restore", "verify", "log dump", "manual", "nginx", "token create", "token list", "token revoke",
                  "totp enable", "totp list", "totp disable", "totp unlock"}  # fmt: skip


@pytest.mark.parametrize("status", [200, 400, 500])
def test_faults_e7_a_hostile_server_in_every_command(tmp_path, status):
    assert set(commands_of_help()) == set(ARGUMENTS) | WITHOUT_SERVER
    (tmp_path / "file").write_text('{"op":"INS","target":{"id":"a"}}\n')
    with hostile(status) as server:
        settings = {"CHOREO_URL": f"http://127.0.0.1:{server.server_port}"}
        for name, words in ARGUMENTS.items():
            words = [str(tmp_path / "file") if word == "FILE" else word for word in words]
            for form in ((), ("--json",)):
                is_harmless(at_a_terminal(*form, *name.split(), *words, settings=settings))


# --- A14: what it sends is bounded


def test_faults_a14_a_stream_whose_line_does_not_end():
    with hostile(length=200 << 20) as server:
        done = Ctl.at(f"http://127.0.0.1:{server.server_port}")("tail", "shop", "--count", "1")
        assert done.status == 1 and "a line of more than 67108864 bytes" in done.err, done
        assert server.sent < 100 << 20


def test_faults_a14_a_stream_whose_line_is_as_long_as_it_may_be():
    """An operation of some MiB is no such line."""

    class Long(Hostile):
        def answer(self, status):
            self.send_response(status)
            self.send_header("Content-Type", "text/event-stream; charset=utf-8")
            self.end_headers()
            operation = json.dumps({"id": 1, "op": "INS", "target": {"id": "a", "v": "x" * (20 << 20)}})
            self.wfile.write(f"id: 1\nevent: op\ndata: {operation}\n\n".encode())

    with ThreadingHTTPServer(("127.0.0.1", 0), Long) as server:
        server.status = None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = Ctl.at(f"http://127.0.0.1:{server.server_port}")("--json", "tail", "shop", "--count", "1")
        assert done.status == 0 and len(done.json["target"]["v"]) == 20 << 20
        server.shutdown()
