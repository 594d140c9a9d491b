"""scripts/supervise as the first process of a container: every log on its output, every address, stopped by SIGTERM."""

import json
import signal
import subprocess

import pytest

from support.http_client import Client
from support.stack import REPOSITORY, build_dir, end_with_parent, free_port
from support.waiting import wait_until

SUPERVISE = REPOSITORY / "scripts" / "supervise"


@pytest.fixture
def container(tmp_path):
    """Its port, the file of its output, and the process."""
    port, output = free_port(), tmp_path / "output"
    command = [SUPERVISE, "--bin-dir", build_dir() / "bin", "--port", str(port), "--address", "0.0.0.0", "--log-to-output"]
    with open(output, "wb") as log:
        running = subprocess.Popen(
            [*command, "--dir", tmp_path / "data", "--run-dir", tmp_path / "run"],
            stdout=log,
            stderr=log,
            preexec_fn=end_with_parent,
        )
    wait_until(lambda: running.poll() is not None or '"the stack is up"' in output.read_text(), "it is up", seconds=60)
    assert running.poll() is None, output.read_text()
    yield port, output, running
    running.kill()
    running.wait()


def test_all_logs_are_lines_of_json_on_the_output(container, tmp_path):
    port, output, running = container
    client = Client(port, host="127.0.0.2")  # another address than the one it has by default
    assert client.get("/nowhere?token=hidden", X_Trace_ID="from-outside").status == 404
    client.close()
    running.send_signal(signal.SIGTERM)
    assert running.wait(60) == 0, output.read_text()
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    processes = {line.get("process") for line in lines}
    assert {"supervisor", "choreo-fcgi", "choreo-broker", "choreo-streamer", "choreo-dispatcher"} <= processes
    [request] = [line for line in lines if line.get("path") == "/nowhere"]
    assert (request["status"], request["answer_trace_id"]) == ("404", "from-outside")
    assert not list((tmp_path / "run" / "log").iterdir()), "no file fills the container's disk"


def test_nobody_would_read_the_output_of_a_detached_one(tmp_path):
    command = [SUPERVISE, "--bin-dir", tmp_path, "--detach", "--log-to-output"]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2 and "--log-to-output cannot be had with --detach" in refused.stderr
