"""docs/webhooks.md: its example verifies, its receivers work, and its way to catch up by time misses nothing."""

import json
import os
import re
import subprocess
import sys
from urllib.parse import quote

import pytest

from support.receiver import signature
from support.stack import REPOSITORY, free_port
from support.waiting import wait_until
from support.webhooks import do, register

PAGE = (REPOSITORY / "docs" / "webhooks.md").read_text(encoding="utf-8")
N8N_PAGE = (REPOSITORY / "docs" / "n8n.md").read_text(encoding="utf-8")


def block(language, containing, page=PAGE):
    blocks = re.findall(rf"```{language}\n(.*?)```", page, re.S)
    return next(text for text in blocks if containing in text)


def test_the_example_is_signed_as_the_page_says():
    head, _, body = block("http", "webhook-signature").partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    body = body.rstrip("\n").encode()
    assert int(headers["Content-Length"]) == len(body)
    secret = re.search(r'"secret":"(whsec_[^"]+)"', PAGE).group(1)
    expected = signature(secret, headers["webhook-id"], headers["webhook-timestamp"], body)
    assert headers["webhook-signature"] == expected


def test_the_shell_command_prints_what_the_page_says():
    done = subprocess.run(["bash", "-c", block("bash", "openssl")], capture_output=True, text=True, check=True)
    assert done.stdout == block("text", "=\n")


PYTHON = [sys.executable, "-c", block("python", "BaseHTTPRequestHandler")]
NODE = ["node", "-e", block("js", "createServer")]


@pytest.mark.parametrize("command, printed", [
    pytest.param(PYTHON, "1 INS {'id': 'p1', 'name': 'Fern & Iron'}\n", id="python"),
    pytest.param(NODE, '1 INS {"id":"p1","name":"Fern & Iron"}\n', id="node"),
])
def test_a_receiver_verifies_and_ignores_repetitions(client, instance, command, printed):
    port = free_port()
    secret = "whsec_Y2hvcmVvLWRvY3VtZW50YXRpb24tZXhhbXBsZQ=="
    receiver = subprocess.Popen(
        command,
        env={**os.environ, "WEBHOOK_SECRET": secret, "PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = f"http://127.0.0.1:{port}/hook"
        client.ok(client.post(f"/{instance}/webhooks", {"url": url, "secret": secret}))
        client.insert(instance, "p1", name="Fern & Iron")
        assert receiver.stdout.readline() == printed
        hook = lambda: client.ok(client.get(f"/{instance}/webhooks"))["webhooks"][0]
        wait_until(lambda: hook()["last_success"], "the receiver's answer counts")

        do(client, instance, hook()["id"], "replay", {"op_ids": [1]})
        do(client, instance, hook()["id"], "rotate-secret")
        client.insert(instance, "p2")
        assert receiver.stdout.readline().startswith("2 INS"), "a repetition is not printed, and either secret will do"

        client.ok(client.post(f"/{instance}/webhooks", {"url": url, "secret": "whsec_" + "A" * 32}))
        client.insert(instance, "p3")
        wait_until(lambda: hook()["last_error"] == "HTTP 401", "another secret is refused")
    finally:
        receiver.terminate()
        receiver.wait()


def test_the_code_for_n8n_takes_what_is_signed_and_nothing_else():
    """Run by node with the names that n8n gives to a Code node."""
    head, _, body = block("http", "webhook-signature").partition("\n\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head.splitlines()[1:])}
    secret = re.search(r'"secret":"(whsec_[^"]+)"', PAGE).group(1)
    around = """
        const input = JSON.parse(process.argv[1]);
        Date.now = () => Number(input.headers["webhook-timestamp"]) * 1000 + input.late;
        const $env = { WEBHOOK_SECRET: input.secret }, $input = { first: () => ({ json: { headers: input.headers } }) };
        const self = { helpers: { getBinaryDataBuffer: async () => Buffer.from(input.body) } };
        (async function () { %s }).call(self).then((out) => console.log(JSON.stringify(out)), (e) => console.log(e.message));
    """

    def run(**changes):
        given = {"headers": headers, "secret": secret, "body": body.rstrip("\n"), "late": 0, **changes}
        command = ["node", "-e", around % block("javascript", "getBinaryDataBuffer", N8N_PAGE), json.dumps(given)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    taken = json.loads(run())[0]["json"]
    assert (taken["op_id"], taken["webhook_id"]) == (1, headers["webhook-id"])
    refusal = "not signed by Choreo"
    assert run(body="{}") == run(late=301_000) == run(secret="whsec_" + "A" * 32) == refusal


def test_what_was_missed_since_a_time_is_found_and_sent_again(client, instance, receiver):
    query, time = re.search(r"'q=(stream\(before=\"([^\"]+)\", limit=1\))'", block("bash", "before=")).groups()
    times = ["2026-11-20T07:00:00Z", "2026-11-20T07:59:59.999Z", time, "2026-11-20T09:00:00Z"]
    operations = [{"op": "INS", "target": {"id": f"e{n}"}, "ts": ts} for n, ts in enumerate(times)]
    client.ok(client.post(f"/instances/{instance}/seed", {"operations": operations}))
    hook = register(client, instance, receiver.url())["id"]
    [before] = client.ok(client.get(f"/{instance}/query?q={quote(query)}"))["operations"]
    assert before["id"] == 2
    assert do(client, instance, hook, "replay", {"from": before["id"] + 1})["operations"] == 2
    assert sorted(delivery.json["op_id"] for delivery in receiver.wait_count(2)) == [3, 4]
