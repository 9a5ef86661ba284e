"""Who sits where: a bounded table of chats. One that has ended makes room, else the oldest idle one; else newcomers wait."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_network

from selfsown.serving.sitting import Gone, Sitting
from selfsown.serving.talker import Full

MOST = 1000  # chats in memory: 64 KB each at most
_MOST_OF_ADDRESS = 200
_YOUNG = timedelta(seconds=60)  # without a word for less than this, nobody is idle


class Sittings:
    """The chats of a process by their tokens."""

    def __init__(self, clock: Callable[[], datetime], idle: timedelta, most: int = MOST) -> None:
        self._clock, self._idle, self._most = clock, idle, most
        self._sittings: dict[str, Sitting] = {}  # the one that was touched longest ago comes first
        self._lock = threading.Lock()

    def add(self, person: str, address: str) -> tuple[Sitting, Sitting | None]:
        """A new chat, and the one that had to go for it, if any. Raises Full."""
        now = self._clock()
        sitting = Sitting(secrets.token_urlsafe(16), person, address, now)
        with self._lock:
            gone = self._make_room(address, now)
            self._sittings[sitting.token] = sitting
        return sitting, gone

    def find(self, token: str) -> Sitting:
        """A chat by its token, which counts as a sign of life. Raises Gone."""
        with self._lock:
            sitting = self._sittings.pop(token, None)
            if sitting is None:
                minutes = int(self._idle.total_seconds() // 60)
                raise Gone(f"this chat has ended: after {minutes} minutes without a word it does", "begin a new one")
            sitting.touched = self._clock()
            self._sittings[token] = sitting
            return sitting

    def look(self, token: str) -> Sitting | None:
        """A chat by its token, without a sign of life."""
        with self._lock:
            return self._sittings.get(token)

    def with_key(self, key: str) -> Sitting | None:
        """The chat whose draft has this key."""
        with self._lock:
            return next((sitting for sitting in self._sittings.values() if sitting.key == key), None)

    def idle(self) -> list[Sitting]:
        """The chats in which nobody has said a word for too long."""
        oldest = self._clock() - self._idle
        with self._lock:
            return [sitting for sitting in self._sittings.values() if sitting.touched <= oldest]

    def remove(self, sitting: Sitting) -> None:
        """Forget a chat."""
        with self._lock:
            self._sittings.pop(sitting.token, None)

    def all(self) -> list[Sitting]:
        """Every chat."""
        with self._lock:
            return list(self._sittings.values())

    def _make_room(self, address: str, now: datetime) -> Sitting | None:
        """Take a chat that has ended, else the oldest idle one, out where there are too many, of this address or at all."""
        same = [sitting for sitting in self._sittings.values() if address and sitting.address == address]
        crowd = same if len(same) >= _MOST_OF_ADDRESS else list(self._sittings.values())
        if crowd is not same and len(crowd) < self._most:
            return None
        oldest = next((sitting for sitting in crowd if sitting.ending is not None), crowd[0])
        if oldest.ending is None and now - oldest.touched < _YOUNG:
            raise Full("too many people are chatting here right now", "try again in a minute", seconds=60)
        return self._sittings.pop(oldest.token)


def network_of(address: str) -> str:
    """What one household has: of IPv6 the first 64 bits, since everybody has as many addresses behind them as they like."""
    try:
        found = IPv6Address(address)
    except ValueError:
        return address
    return str(found.ipv4_mapped or ip_network((found.packed[:8] + bytes(8), 64)))
