"""Delta debugging: the fewest steps with which a difference shows still."""

import time


def shrink(steps, fails, seconds=60):
    """fails(steps) → bool. Takes away ever smaller parts while it still fails."""
    deadline = time.monotonic() + seconds
    size = max(len(steps) // 2, 1)
    while steps and time.monotonic() < deadline:
        smaller = next(
            (rest for rest in (steps[:i] + steps[i + size :] for i in range(0, len(steps), size))
             if time.monotonic() < deadline and fails(rest)),
            None,
        )  # fmt: skip
        if smaller is not None:
            steps = smaller
        elif size == 1:
            break
        else:
            size //= 2
    return steps
