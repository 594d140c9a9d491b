"""Waiting for what other processes do. Each wait has a limit and ends as soon as the condition holds."""

import time

DEFAULT_SECONDS = 20.0
POLL_SECONDS = 0.02


def wait_until(condition, what, seconds=DEFAULT_SECONDS):
    """Returns condition()'s first true value. For states of other processes, which send no event to us."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(POLL_SECONDS)
