"""Patience with a host: how often a pass is tried and how long is waited between.

A pass looks before it writes, so it may be run again after a fault that left a write in doubt.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from selfsown.host import Busy, Unsure

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient we are, in seconds. `settle` lies between the two readings before something is created."""

    tries: int = 5
    first_wait: float = 2.0
    limit_wait: float = 60.0  # where a rate limit does not say how long; GitHub asks for a minute at least
    longest_wait: float = 180.0
    settle: float = 3.0
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


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
    """With chance in it, so that two runs do not come back together."""
    if isinstance(error, Busy):
        return (pace.limit_wait if error.wait is None else error.wait) + pace.chance()
    return pace.first_wait * float(2 ** (tried - 1)) * (0.5 + pace.chance())
