"""README's first five minutes: each command is run in order, and each answer shown there is the real one."""

import json

from support.console import plain, run, steps


def test_the_first_five_minutes(stack):
    commands = steps("README.md")
    assert len(commands) >= 10
    for command, shown in commands:
        if "kill -9" in command:
            old = stack.pid("fcgi-1")
            stack.killed.append(("fcgi-1", old))
        printed = run(command, stack)
        if "kill -9" in command:
            stack.wait_replaced("fcgi-1", old)
        elif not shown:
            json.loads(printed)
        else:
            assert plain(printed) == plain(shown), command
