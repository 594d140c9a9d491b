"""One trace id from a request's header through every process's log lines to the webhook that the operation caused."""

import json

import pytest

from support.receiver import Receiver, fail_first
from support.stack import Stack
from support.waiting import wait_until
from support.webhooks import register

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"  # as W3C has it in its examples
WATCHER = "who-watches"


@pytest.fixture(scope="module")
def stack():
    running = Stack(CHOREO_FCGI_PROCESSES="1", CHOREO_LOG_LEVEL="debug", CHOREO_WEBHOOK_RETRY_SECS="0.1,0.1").start()
    yield running
    running.stop()


def lines(stack, name, trace):
    return [line for line in stack.process_log(name) if line.get("trace_id") == trace]


def test_a_request_is_found_everywhere_by_its_trace_id(stack):
    client = stack.client()
    client.create("shop")
    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    insert = {"op": "INS", "target": {"id": "a"}, "context": {"table": "t"}}
    with Receiver() as receiver, stack.stream("/shop/stream", headers={"X-Trace-ID": WATCHER}) as stream:
        receiver.behaviour = fail_first(1, 500)
        register(client, "shop", receiver.url())
        stream.wait_open()
        answer = client.request("POST", "/shop/operations", json=insert, headers=headers)
        assert answer.headers["X-Trace-ID"] == TRACE
        stream.wait_ops(1)
        assert [event.json["context"]["trace_id"] for event in stream.named("op")] == [TRACE]
        assert [sent.headers["x-trace-id"] for sent in receiver.wait_count(2)] == [TRACE, TRACE]
    client.close()
    wait_until(lambda: lines(stack, "fcgi-1", TRACE), "the worker has a line for the request")
    told = wait_until(lambda: len(found := lines(stack, "dispatcher", TRACE)) >= 2 and found, "the dispatcher has one for each attempt")
    assert [line["msg"] for line in told] == ["delivery failed", "delivered"]
    assert all(line["op_id"] == 1 and line["instance"] == "shop" for line in told)
    wait_until(lambda: len(lines(stack, "streamer", WATCHER)) >= 2, "the streamer says that the stream began and ended")
    log = stack.run_dir / "log" / "access.log"

    def accessed():
        entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        return [entry["path"] for entry in entries if entry["answer_trace_id"] == TRACE]

    wait_until(lambda: accessed() == ["/shop/operations"], "nginx has it in its log")


@pytest.mark.parametrize("trace", ["a b", "job 17: import", "~!@#$%^&*()", "x" * 128])
def test_faults_c17_what_is_taken_as_a_trace_id_is_sent_on(stack, trace):
    client = stack.client()
    slug = "traced-" + str(len(trace))
    client.create(slug)
    insert = {"op": "INS", "target": {"id": "a"}, "context": {"table": "t"}}
    with Receiver() as receiver:
        register(client, slug, receiver.url())
        answer = client.request("POST", f"/{slug}/operations", json=insert, headers={"X-Trace-ID": trace})
        assert answer.headers["X-Trace-ID"] == trace
        assert client.operations(slug)[0]["context"]["trace_id"] == trace
        assert receiver.wait_count(1)[0].headers["x-trace-id"] == trace
        # In a body it is data; where it is no trace id, no header carries it.
        for value in ("x" * 129, " a", "é", "a\nb", 7):
            client.append(slug, "ALT", {"id": "a"}, {"table": "t", "trace_id": value})
        assert all("x-trace-id" not in sent.headers for sent in receiver.wait_count(6)[1:])
    client.close()


@pytest.mark.parametrize("given", ["x" * 129, "a\tb", "\u00e9"])
def test_faults_c17_what_is_no_trace_id_is_neither_stored_nor_answered(stack, given):
    client = stack.client()
    slug = "untraced-" + str(len(given))
    client.post("/instances", {"slug": slug})
    insert = {"op": "INS", "target": {"id": "a"}, "context": {"table": "t"}}
    answer = client.request("POST", f"/{slug}/operations", json=insert, headers={"X-Trace-ID": given})
    assert answer.status == 200 and answer.headers["X-Trace-ID"] != given
    assert "trace_id" not in client.operations(slug)[-1]["context"]
    client.close()
