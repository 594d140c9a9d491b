"""docs/stream.md: its clients go on where a stream was ended or broken, and miss and repeat nothing."""

import re
import subprocess
import sys

import pytest

from support.stack import REPOSITORY, end_with_parent

PAGE = (REPOSITORY / "docs" / "stream.md").read_text(encoding="utf-8")
CLIENTS = REPOSITORY / "tests" / "clients"
ROUNDS, EACH = 3, 5

PYTHON_END = """
import sys
for operation in operations(sys.argv[1], sys.argv[2]):
    print(operation and operation["id"], flush=True)
print("over", flush=True)
"""
NODE_BEGIN = """
import { fetchEventSource } from "@microsoft/fetch-event-source";
globalThis.window = globalThis;  // it is made for browsers
globalThis.document = { addEventListener() {}, removeEventListener() {} };
class Gone extends Error {}
const token = "";
const apply = (operation) => console.log(operation.id);
const forgetEverything = () => console.log("None");
"""
NODE_END = '.catch(() => console.log("over"));\n'


def block(language, containing):
    return next(text for text in re.findall(rf"```{language}\n(.*?)```", PAGE, re.S) if containing in text)


def python_client(stack, instance, tmp_path):
    return [sys.executable, "-c", block("python", "def operations") + PYTHON_END, f"127.0.0.1:{stack.port}", f"/{instance}/stream"]


def node_client(stack, instance, tmp_path):
    subprocess.run([REPOSITORY / "scripts" / "install-clients"], check=True)
    text = block("javascript", "fetchEventSource").replace("http://localhost:8420/shop", f"{stack.url}/{instance}")
    assert f"/{instance}/stream" in text
    program = tmp_path / "client.mjs"
    program.write_text(NODE_BEGIN + text.rstrip().removesuffix(";") + NODE_END, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(CLIENTS / "node_modules")
    return ["node", program]


@pytest.mark.parametrize("client_of", [python_client, node_client])
def test_faults_e4_a_client_of_the_page_misses_nothing(stack, client, instance, tmp_path, client_of):
    """The streamer is stopped, which ends streams cleanly, and killed, which breaks them."""
    command = client_of(stack, instance, tmp_path)
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent)
    try:
        last = 0
        for stop in [stack.terminate, stack.kill] * ROUNDS:
            for _ in range(EACH):
                client.insert(instance, f"e{last + 1}")
                last += 1
            assert [int(running.stdout.readline()) for _ in range(EACH)] == list(range(last - EACH + 1, last + 1))
            stack.wait_replaced("streamer", stop("streamer"))
        client.request("DELETE", f"/instances/{instance}")
        assert running.stdout.readline() == "over\n"
    finally:
        running.kill()
        running.wait()
