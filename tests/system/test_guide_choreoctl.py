"""docs/choreoctl.md: each command is run in order, and each answer shown is the real one."""

import re
import subprocess

from support.console import plain, steps
from support.ctl import Ctl, commands_of_help, environment
from support.stack import REPOSITORY, build_dir

PAGE = "docs/choreoctl.md"
VARYING = [(r"choreo-\d{4}-\d\d-\d\dT\d{6}Z", "<backup>"), (r"wh_[0-9a-f]{24}", "<webhook>"), (r"whsec_\S+", "<secret>")]
VARYING.append((r"\b\d{5,}\b", "<bytes>"))


def compared(text):
    text = plain(text.replace("\r\n", "\n"))  # CSV has the one, the page the other
    for pattern, name in VARYING:
        text = re.sub(pattern, name, text)
    return text


def run(command, stack):
    """What a terminal would show of it."""
    settings = {**environment(Ctl(stack).settings), "PATH": f"{build_dir() / 'bin'}:/usr/bin:/bin", "CHOREO_CONFIG": "/dev/null"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=stack.root, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60
    )
    return done.stdout.decode()


def test_the_answers_are_those_of_the_page(stack):
    commands = steps(PAGE)
    assert len(commands) >= 20
    for command, shown in commands:
        assert compared(run(command, stack)) == compared(shown), command


def test_every_command_is_told_of():
    page = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "docs").glob("*.md"))
    for name in commands_of_help():
        group, _, rest = name.partition(" ")
        assert re.search(rf"choreoctl {group}\b", page) or f"`{name}" in page, name
        assert not rest or re.search(rf"\b{re.escape(rest)}\b", page), name
