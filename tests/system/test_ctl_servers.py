"""choreoctl at servers that go away, answer something else, are deleted and made again, or ask for patience."""

import contextlib
import signal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from support.ctl import Ctl, ctl, failed, running
from support.waiting import wait_until


@contextlib.contextmanager
def server(*answers):
    """Answers each request with the next of (status, headers, body), the last one again; None: only when the test ends."""
    asked, end = [], Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append(self.path)
            answer = answers[min(len(asked), len(answers)) - 1]
            if answer is None:
                end.wait()
                return
            status, headers, body = answer
            self.send_response(status)
            for name, value in {"Content-Length": len(body), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())
            self.close_connection = True

        do_POST = do_GET

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}", asked
        finally:
            end.set()
            listening.shutdown()
            thread.join()


def page(head, *ids, epoch="e1"):
    operations = ",".join(f'{{"id":{each},"op":"INS"}}' for each in ids)
    return 200, {"X-Choreo-Epoch": epoch}, f'{{"operations":[{operations}],"head":{head}}}'


def test_an_interrupted_export(tmp_path):
    path = tmp_path / "log.ndjson"
    with server(page(2, 1), page(2, 1), None) as (url, asked):
        with running(Ctl.at(url), "export", "shop", path) as export:
            wait_until(lambda: len(asked) == 3, "it is in the midst")
            assert (tmp_path / "log.ndjson.unfinished").exists()
            export.send_signal(signal.SIGINT)
            assert export.wait(60) == -signal.SIGINT
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "answer, said",
    [
        (page(9, 2, epoch="e2"), "deleted and made again"),
        (page(1), "the log ends with operation 1, not with 2"),
        ((200, {"Content-Length": "900"}, '{"operations":['), "/shop/operations"),
        ((200, {}, "<html>"), "something else than JSON"),
        ((200, {}, '{"operations":7}'), "no list 'operations'"),
        ((200, {}, "[]"), "no 'operations'"),
    ],
)
def test_an_export_that_cannot_be_whole(tmp_path, answer, said):
    with server(page(2, 1), page(2, 1), answer) as (url, _):
        done = ctl("export", "shop", tmp_path / "log.ndjson", CHOREO_URL=url)
    failed(done, said, status=3 if "900" in str(answer) else 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("body", ["[]", "7", '{"instances":7}', '{"instances":[7,[]]}', '{"instances":[{"slug":{}}]}', "null", '"x"'])
def test_answers_that_no_choreo_gives(body):
    with server((200, {}, body)) as (url, _):
        for words in (("instance", "list"), ("instance", "info", "x"), ("query", "x", "t"), ("webhook", "list", "x"), ("doctor", "--remote")):
            done = ctl(*words, CHOREO_URL=url)
            assert done.status in (0, 1, 4), done
        assert ctl("complete", "--", "tail", "x", CHOREO_URL=url).status == 0


def test_what_is_too_much_at_once_is_sent_again():
    later = (429, {"Retry-After": "1"}, '{"error":"Too much.","code":"too_many_requests"}')
    with server(later, (200, {}, '{"instances":[]}')) as (url, asked):
        assert ctl("--json", "instance", "list", CHOREO_URL=url).json == {"instances": []}
        assert len(asked) == 2
    with server((429, {}, '{"error":"Too much.","code":"too_many_requests"}')) as (url, asked):
        failed(ctl("instance", "list", CHOREO_URL=url), "Too much.")
        assert len(asked) == 1


def test_an_import_whose_server_goes_away_names_the_batch(tmp_path):
    lines = "".join(f'{{"op":"INS","target":{{"id":"e{n}"}}}}\n' for n in range(4))
    with server((200, {}, "{}"), (200, {"Content-Length": "9"}, "")) as (url, _):
        done = ctl("import", "shop", "--batch", "2", stdin=lines, CHOREO_URL=url)
    failed(done, "the batch that begins with line 3", "2 operations are in the log", status=3)
