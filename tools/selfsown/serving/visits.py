"""Which chat a browser tab holds, and when it is left.

A tab whose connection breaks may be a closed one, or a phone between two cells: it has a moment to come back, by doing
anything, before its chat ends.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

GRACE = 60.0  # seconds
_MOST = 10_000


class Visits:
    """The tabs by their sessions. `leave` is told the chat of a tab that did not come back."""

    def __init__(self, leave: Callable[[str], None], grace: float = GRACE) -> None:
        self._leave, self._grace = leave, grace
        self._tokens: dict[str, str] = {}
        self._departing: dict[str, threading.Timer] = {}
        self._lock = threading.Lock()

    def begin(self, session: str, token: str) -> None:
        """This tab holds this chat now."""
        with self._lock:
            self._tokens.pop(session, None)
            self._tokens[session] = token
            if (
                len(self._tokens) > _MOST
            ):  # who never connects to leave is nobody's tab; their chat ends when it is idle
                del self._tokens[next(iter(self._tokens))]

    def come_back(self, session: str) -> None:
        """The tab gives a sign of life."""
        with self._lock:
            timer = self._departing.pop(session, None)
        if timer is not None:
            timer.cancel()

    def forget(self, session: str) -> None:
        """The tab holds no chat any more."""
        self.come_back(session)
        with self._lock:
            self._tokens.pop(session, None)

    def depart(self, session: str) -> None:
        """The tab's connection broke."""
        self.come_back(session)
        with self._lock:
            if session not in self._tokens:
                return
            timer = self._departing[session] = threading.Timer(self._grace, self._end, (session,))
        timer.daemon = True
        timer.start()

    def _end(self, session: str) -> None:
        with self._lock:
            self._departing.pop(session, None)
            token = self._tokens.pop(session, "")
        if token:
            self._leave(token)
