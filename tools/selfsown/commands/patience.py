"""Trying again: a pass that looks before it writes is run again after a fault, a few times and with growing waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from selfsown.host import Busy, Unsure
from selfsown.pull.publish import Pace

Result = TypeVar("Result")


def persist(attempt: Callable[[], Result], pace: Pace) -> Result:
    """Run `attempt` until it returns, and return that.

    Raises its last Unsure or Busy after `pace.tries` tries, or where the host asks for too long a wait.
    """
    for tried in range(1, pace.tries + 1):
        try:
            return attempt()
        except (Unsure, Busy) as error:
            wait = _wait(error, tried, pace)
            if tried == pace.tries or wait > pace.longest_wait:
                raise
            pace.sleep(wait)
    raise AssertionError("the last try returns or raises")


def _wait(error: Unsure | Busy, tried: int, pace: Pace) -> float:
    """Seconds, with chance in them, so that two runs do not come back together."""
    if isinstance(error, Busy):
        return (pace.limit_wait if error.wait is None else error.wait) + pace.chance()
    return pace.first_wait * float(2 ** (tried - 1)) * (0.5 + pace.chance())
