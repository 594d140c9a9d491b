"""README's first five minutes: each command is run in order, and each answer shown there is the real one."""

import json
import re
import subprocess

from support.stack import REPOSITORY

# What differs from run to run.
VARYING = [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "<guid>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "<ts>"),
    (r"\b[0-9a-f]{32}\b", "<epoch>"),
]


def steps():
    """(command, answer shown) in order; no answer shown means that any will do."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = part.partition("\n")
            found.append((command, answer))
    return found


def plain(text):
    for pattern, name in VARYING:
        text = re.sub(pattern, name, text)
    return text.strip()


def test_the_first_five_minutes(stack):
    commands = steps()
    assert len(commands) >= 10
    for command, shown in commands:
        real = command.replace("http://localhost:8420", stack.url)
        real = real.replace("curl -N", "timeout --preserve-status 2 curl -sSN").replace("curl ", "curl -sS ", 1)
        if "kill -9" in command:
            old = stack.pid("fcgi-1")
            stack.killed.append(("fcgi-1", old))
        done = subprocess.run(["bash", "-c", real], cwd=stack.root, capture_output=True, text=True, timeout=60)
        assert done.stderr == "", (command, done.stderr)
        if "kill -9" in command:
            stack.wait_replaced("fcgi-1", old)
        elif not shown:
            json.loads(done.stdout)
        else:
            assert plain(done.stdout) == plain(shown), command
