"""A streamer that is given its listening socket, as systemd does: clients wait in the socket's queue while it is replaced."""

import contextlib
import signal
import socket
import subprocess

from support.sse import Stream
from support.stack import build_dir, end_with_parent


@contextlib.contextmanager
def streamer(stack, tmp_path, passed):
    """The shell becomes the streamer, so that LISTEN_PID is its pid, as sd_listen_fds(3) asks for."""
    program = build_dir() / "bin" / "choreo-streamer"
    shell = f'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" "$@" 3<&{passed}'
    running = subprocess.Popen(
        ["/bin/bash", "-c", shell, program, "--dir", stack.dir, "--run-dir", tmp_path],
        pass_fds=[passed],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent,
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def test_clients_wait_in_the_socket_while_the_streamer_is_replaced(stack, client, instance, tmp_path):
    client.insert(instance, "a")
    with socket.create_server(("127.0.0.1", 0), backlog=100) as held:
        port = held.getsockname()[1]
        with streamer(stack, tmp_path, held.fileno()) as first:
            with Stream(port, f"/{instance}/stream") as stream:
                stream.wait_ops(1)
                first.send_signal(signal.SIGTERM)
                assert first.wait(30) == 0
                stream.wait_end()
        with Stream(port, f"/{instance}/stream?last_id=1") as waiting:  # connected, and served by nobody yet
            client.insert(instance, "b")
            with streamer(stack, tmp_path, held.fileno()):
                assert waiting.wait_id(2) == [2]


def test_a_descriptor_that_does_not_listen_is_an_error(stack, tmp_path):
    with socket.socket() as bare, streamer(stack, tmp_path, bare.fileno()) as refused:
        assert refused.wait(30) == 1
        assert "descriptor 3 (passed by systemd) is not a listening socket" in refused.stderr.read()


def test_an_address_that_is_set_comes_before_a_passed_socket(stack, tmp_path, monkeypatch):
    monkeypatch.setenv("CHOREO_STREAMER_LISTEN", "127.0.0.1:0")
    with socket.socket() as bare, streamer(stack, tmp_path, bare.fileno()) as running:
        assert any('"listening"' in line for line in running.stderr)
