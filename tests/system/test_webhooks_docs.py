"""docs/webhooks.md: its example verifies, and its receiver works."""

import os
import re
import subprocess
import sys

from support.receiver import signature
from support.stack import REPOSITORY, free_port
from support.waiting import wait_until

PAGE = (REPOSITORY / "docs" / "webhooks.md").read_text(encoding="utf-8")


def block(language, containing):
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)
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


def test_the_python_receiver_verifies_and_ignores_repetitions(client, instance):
    port = free_port()
    secret = "whsec_Y2hvcmVvLWRvY3VtZW50YXRpb24tZXhhbXBsZQ=="
    receiver = subprocess.Popen(
        [sys.executable, "-c", block("python", "BaseHTTPRequestHandler")],
        env={**os.environ, "WEBHOOK_SECRET": secret, "PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = f"http://127.0.0.1:{port}/hook"
        client.ok(client.post(f"/{instance}/webhooks", {"url": url, "secret": secret}))
        client.insert(instance, "p1", name="Fern & Iron")
        assert receiver.stdout.readline() == "1 INS {'id': 'p1', 'name': 'Fern & Iron'}\n"
        hook = lambda: client.ok(client.get(f"/{instance}/webhooks"))["webhooks"][0]
        wait_until(lambda: hook()["last_success"], "the receiver's answer counts")

        client.ok(client.post(f"/{instance}/webhooks", {"url": url, "secret": "whsec_" + "A" * 32}))
        client.insert(instance, "p2")
        wait_until(lambda: hook()["last_error"] == "HTTP 401", "another secret is refused")
    finally:
        receiver.terminate()
        receiver.wait()
