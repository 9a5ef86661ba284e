"""Trying again: a pass that looks before it writes is run again after a fault, a few times and with growing waits."""

from __future__ import annotations

from collections.abc import Callable

from selfsown.host import Busy, Unsure
from selfsown.pull.publish import Pace


def persist(attempt: Callable[[], None], pace: Pace) -> None:
    """Run `attempt` until it returns. Raises its last Unsure or Busy after `pace.tries` tries or a too long wait."""
    for tried in range(1, pace.tries + 1):
        try:
            attempt()
        except (Unsure, Busy) as error:
            wait = _wait(error, tried, pace)
            if tried == pace.tries or wait > pace.longest_wait:
                raise
            pace.sleep(wait)
        else:
            return


def _wait(error: Unsure | Busy, tried: int, pace: Pace) -> float:
    """Seconds, with chance in them, so that two runs do not come back together."""
    if isinstance(error, Busy):
        return (pace.limit_wait if error.wait is None else error.wait) + pace.chance()
    return pace.first_wait * float(2 ** (tried - 1)) * (0.5 + pace.chance())
