"""Waits for something that another process brings about."""

from __future__ import annotations

import time

# Not an assertion about time: a limit so that a defect ends as a failure and not as a suite that hangs.
LIMIT_SECONDS = 180


def until(condition):
    """Return the first true value of ``condition()``."""
    limit = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < limit:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"did not happen within {LIMIT_SECONDS} s")
