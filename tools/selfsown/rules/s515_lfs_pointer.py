"""S515 lfs-pointer: the content itself, not a pointer to another store."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem
from selfsown.submission import Change

NUMBER = "S515"
NAME = "lfs-pointer"
LEVEL = Level.ERROR

_FIRST_BYTES = (b"version https://git-lfs", b"version https://hawser")


def check(change: Change, context: Context) -> Iterator[Problem]:
    """Nobody can review what is not here."""
    if change.content is not None and change.content.startswith(_FIRST_BYTES):
        yield Problem(
            "this is a Git LFS pointer, not the content", "add the file itself: `git lfs untrack`, then add it again"
        )
