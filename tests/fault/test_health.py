"""GET /health where the server cannot do its job: 503, which part fails, and how old each heartbeat is; and where it still
can, while a part is away."""

import os

import pytest

from support.stack import Stack, build_dir
from support.waiting import wait_until


@pytest.fixture
def stack():
    running = Stack(CHOREO_FCGI_PROCESSES="1").start()
    yield running
    running.stop()


def health(stack):
    connected = stack.client()
    try:
        return connected.get("/health")
    finally:
        connected.close()


def component(answer, name):
    [found] = [one for one in answer.json["components"] if one["name"] == name]
    return found


def test_a_control_database_that_cannot_be_read(stack, client, instance):
    """Webhooks can be neither listed nor registered then, and none is delivered."""
    stack.may_end |= {"dispatcher", "fcgi-1"}
    control = stack.dir / ".control"
    stack.kill_and_wait("fcgi-1")  # it has not opened it yet, unless for its health
    saved = {path: path.read_bytes() for path in control.glob("control.db*")}
    with stack.paused("dispatcher"):
        for path in saved:
            path.unlink()
        (control / "control.db").write_text("notes\n" * 1000)
        stack.wait_replaced("fcgi-1", stack.kill("fcgi-1"))
        answer = wait_until(lambda: health(stack).status == 503 and health(stack), "it says so")
        assert answer.json["status"] == "failing" and answer.json["code"] == "unhealthy", answer
        assert answer.json["error"].startswith("control database: "), answer
        assert stack.client().insert(instance, "one")["op_id"] == 1, "appends do not need it"
        for path, content in saved.items():
            path.write_bytes(content)
        wait_until(lambda: health(stack).status == 200, "it works again by itself")


def test_a_data_directory_that_is_gone(stack, client):
    away = stack.dir.with_name("away")
    os.rename(stack.dir, away)
    answer = client.get("/health")
    os.rename(away, stack.dir)
    assert answer.status == 503 and answer.json["error"] == "data directory: No such file or directory", answer
    assert client.get("/health").status == 200


def test_the_broker_away_is_no_reason_to_send_clients_elsewhere(stack, client, instance):
    """Streams and webhooks follow the logs meanwhile, a little later: degraded, and 200."""
    pid = stack.pid("broker")
    with stack.paused("broker"):
        answer = wait_until(lambda: component(health(stack), "choreo-broker")["status"] == "stale" and health(stack), "stale", 30)
        assert answer.status == 200 and answer.json["status"] == "degraded", answer
        told = component(answer, "choreo-broker")
        assert told["pid"] == pid and told["heartbeat_age_ms"] > 10_000, told
        assert component(answer, "choreo-streamer")["status"] == "ok"
        assert client.insert(instance, "one")["op_id"] == 1
    wait_until(lambda: health(stack).json["status"] == "ok", "all of it is well again")


def test_a_part_that_cannot_start_is_missing(tmp_path):
    """As with a setting that is wrong: it ends at once, time and again."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for program in (build_dir() / "bin").iterdir():
        (programs / program.name).symlink_to(program)
    stack = Stack(bin_dir=programs).start()
    try:
        stack.may_end |= {"dispatcher"}
        assert component(health(stack), "choreo-dispatcher")["status"] == "ok"
        dispatcher = programs / "choreo-dispatcher"
        dispatcher.unlink()
        dispatcher.write_text("#!/bin/sh\nexit 2\n")
        dispatcher.chmod(0o755)
        stack.kill("dispatcher")
        missing = {"name": "choreo-dispatcher", "status": "missing"}
        wait_until(lambda: component(health(stack), "choreo-dispatcher") == missing, "it is said to be missing")
        answer = health(stack)
        assert answer.status == 200 and answer.json["status"] == "degraded", answer
        mended = programs / "mended"
        mended.symlink_to(build_dir() / "bin" / "choreo-dispatcher")
        mended.replace(dispatcher)  # at no moment is there none
        wait_until(lambda: health(stack).json["status"] == "ok", "it is back", 60)
    finally:
        stack.stop()
