"""S506 plain-path: paths are printable ASCII, so that nobody is fooled by a name."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem
from selfsown.submission import Change

NUMBER = "S506"
NAME = "plain-path"
LEVEL = Level.ERROR


def check(change: Change, context: Context) -> Iterator[Problem]:
    """Anything else is shown escaped."""
    if not (change.path.isascii() and change.path.isprintable()):
        yield Problem("the path holds characters that are not printable ASCII", "rename the file")
