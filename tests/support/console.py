"""The commands and answers that a page of documentation shows, and their comparison with what really happens."""

import re
import subprocess

from .stack import REPOSITORY

SHOWN_URL = "http://localhost:8420"
# What differs from run to run.
VARYING = [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "<guid>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "<ts>"),
    (r"\b[0-9a-f]{32}\b", "<epoch>"),
    (r'_size":\d+', '_size":<bytes>'),
]


def steps(page):
    """(command, answer shown) of the page's console blocks, in order; no answer shown means that any will do."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", (REPOSITORY / page).read_text(encoding="utf-8"), re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = part.partition("\n")
            found.append((command, answer))
    return found


def plain(text):
    for pattern, name in VARYING:
        text = re.sub(pattern, name, text)
    return text.strip()


def run(command, stack):
    """What the command prints; curl speaks to the stack, reads a stream for a while only, and must not complain."""
    real = command.replace(SHOWN_URL, stack.url)
    real = real.replace("curl -N", "timeout --preserve-status 2 curl -sSN").replace("curl ", "curl -sS ", 1)
    done = subprocess.run(["bash", "-c", real], cwd=stack.root, capture_output=True, text=True, timeout=60)
    assert done.stderr == "", (command, done.stderr)
    return done.stdout
