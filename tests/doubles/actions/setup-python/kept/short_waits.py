"""Pauses that spare GitHub need not be sat out before a double: a wait of half a second and more takes a twentieth.

What waits for something that happens here polls in shorter steps, and they stay as they are.
"""

from __future__ import annotations

import time

LEAST, SHARE = 0.5, 20.0
_sleep = time.sleep


def sleep(seconds: float, /) -> None:
    _sleep(seconds if seconds < LEAST else seconds / SHARE)


time.sleep = sleep
