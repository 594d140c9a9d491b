"""scripts/up's supervisor and scripts/down: start, refusal to start, restart, stop."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.http_client import Client
from support.stack import REPOSITORY, Stack, build_dir, free_port
from support.waiting import wait_until

SUPERVISE = REPOSITORY / "scripts" / "supervise"
DOWN = REPOSITORY / "scripts" / "down"


@pytest.fixture
def place():
    with tempfile.TemporaryDirectory(prefix="choreo-") as directory:
        yield Path(directory)


def supervise(*arguments, bin_dir=None, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CHOREO_")}
    return subprocess.run(
        [SUPERVISE, "--bin-dir", bin_dir or build_dir() / "bin", *arguments],
        capture_output=True,
        text=True,
        timeout=90,
        env={**clean, **environment},
    )


def down(run_dir):
    return subprocess.run([DOWN, "--run-dir", run_dir], capture_output=True, text=True, timeout=90)


def locations(place, name=""):
    return ["--dir", place / f"data{name}", "--run-dir", place / f"run{name}"]


def test_detach_returns_when_healthy_and_down_stops_all(place):
    port = free_port()
    started = supervise("--port", str(port), *locations(place), "--detach")
    assert started.returncode == 0, started.stderr
    assert f"http://127.0.0.1:{port}" in started.stdout and "/demo/seed" in started.stdout
    assert Client(port).get("/health").status == 200
    pids = [int(path.read_text()) for path in (place / "run" / "pids").iterdir()]
    assert len(pids) == 5
    stopped = down(place / "run")
    assert stopped.returncode == 0, stopped.stderr
    for pid in pids:
        assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(OSError):
        Client(port).get("/health")
    assert down(place / "run").returncode == 0, "stopping what is not running is no error"


def test_two_stacks_side_by_side(place):
    ports = [free_port(), free_port()]
    for n, port in enumerate(ports):
        started = supervise("--port", str(port), *locations(place, n), "--detach")
        assert started.returncode == 0, started.stderr
    try:
        Client(ports[0]).create("only-in-the-first")
        assert Client(ports[1]).get("/only-in-the-first/operations").status == 404
    finally:
        assert [down(place / f"run{n}").returncode for n in (0, 1)] == [0, 0]


def test_names_with_spaces_and_far_beyond_a_sockets_limit(place):
    odd = place / ("a directory; $HOME 'x' " + "long " * 40).strip()
    port = free_port()
    started = supervise("--port", str(port), *locations(odd), "--detach")
    assert started.returncode == 0, started.stderr
    try:
        client = Client(port)
        client.create("a")
        client.insert("a", "x")
        assert client.get("/ui").status == 200
        assert client.get("/never-was/stream").status == 404
        assert client.entity("a", "things", "x").status == 200
    finally:
        assert down(odd / "run").returncode == 0


def test_a_port_in_use_is_named(place):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        refused = supervise("--port", str(port), *locations(place), "--detach")
    assert refused.returncode == 1 and f"port {port} on 127.0.0.1 is in use" in refused.stderr


def test_a_run_directory_holds_one_stack(place):
    port = free_port()
    assert supervise("--port", str(port), *locations(place), "--detach").returncode == 0
    try:
        refused = supervise("--port", str(free_port()), *locations(place), "--detach")
        assert refused.returncode == 1 and "already running" in refused.stderr
        assert Client(port).get("/health").status == 200
    finally:
        down(place / "run")


def test_a_process_that_cannot_start_is_named_with_its_last_words(place):
    refused = supervise(
        "--port", str(free_port()), *locations(place), "--detach", CHOREO_STREAM_HEARTBEAT_SECS="often"
    )
    assert refused.returncode == 1, refused.stdout
    assert "streamer" in refused.stderr and "often" in refused.stderr
    assert "1" in refused.stderr.partition("often")[2], "what is allowed is said"


def test_a_missing_program_is_named(place):
    refused = supervise("--port", str(free_port()), *locations(place), "--detach", bin_dir=place)
    assert refused.returncode == 1 and "choreo-broker" in refused.stderr


def test_a_data_directory_that_cannot_be_made_is_named(place):
    (place / "data").write_text("a file")
    refused = supervise("--port", str(free_port()), *locations(place), "--detach")
    assert refused.returncode == 1
    assert refused.stderr == f"choreo: {place / 'data'}: File exists\n"


def test_a_process_that_keeps_dying_is_slowed_down(place):
    """Restarts in quick succession get a growing delay, and end once it lives."""
    port = free_port()
    assert supervise("--port", str(port), *locations(place), "--detach").returncode == 0
    try:
        run = place / "run"
        for _ in range(4):
            pid = wait_until(lambda: read_pid(run, "broker"), "the broker runs")
            os.kill(pid, 9)
            wait_until(lambda pid=pid: read_pid(run, "broker") not in (None, pid), "the broker is back")
        log = (run / "log" / "supervisor.log").read_text()
        delays = [float(part.split(",")[0].strip(" }")) for part in log.split('"delay_seconds":')[1:]]
        assert len(delays) == 4 and delays == sorted(delays) and delays[-1] > delays[0]
    finally:
        assert down(place / "run").returncode == 0


def test_an_interrupt_stops_the_foreground_stack():
    stack = Stack().start()
    pids = [int(path.read_text()) for path in (stack.run_dir / "pids").iterdir()]
    stack.supervisor.send_signal(signal.SIGINT)
    assert stack.supervisor.wait(30) == 0
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    shutil.rmtree(stack.root)


def test_a_machine_that_has_everything_needs_neither_root_nor_network(place):
    for name in ("apt-get", "sudo"):
        (place / name).write_text("#!/bin/sh\nexit 99\n")
        (place / name).chmod(0o755)
    done = subprocess.run(
        [REPOSITORY / "scripts" / "install-packages", "test"],
        env={**os.environ, "PATH": f"{place}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def read_pid(run, name):
    try:
        return int((run / "pids" / f"{name}.pid").read_text())
    except FileNotFoundError:
        return None
