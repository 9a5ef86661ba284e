"""How much a judge may spend: requests and seconds, counted across threads. A request is counted before it is made."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Allowance:
    """`most_requests` and `most_seconds` in all; the clock starts with the first request."""

    def __init__(self, most_requests: int, most_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.most_requests = most_requests
        self.most_seconds = most_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._spent = 0
        self._end: float | None = None

    def take(self) -> float:
        """Count one request. How many seconds are left for it; 0 where nothing may be asked any more."""
        with self._lock:
            now = self._clock()
            self._end = now + self.most_seconds if self._end is None else self._end
            left = max(self._end - now, 0.0)
            if self._spent >= self.most_requests or not left:
                return 0.0
            self._spent += 1
            return left

    def left(self) -> float:
        """How many seconds are left."""
        with self._lock:
            return self.most_seconds if self._end is None else max(self._end - self._clock(), 0.0)

    def stop(self) -> None:
        """Let nothing more be asked."""
        with self._lock:
            self.most_requests = 0
