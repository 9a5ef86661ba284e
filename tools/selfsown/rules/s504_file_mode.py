"""S504 file-mode: a plain file: no link, no submodule, no executable."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem
from selfsown.submission import REGULAR_FILE, Change

NUMBER = "S504"
NAME = "file-mode"
LEVEL = Level.ERROR

_NAMES = {0o120000: "a symbolic link", 0o160000: "a submodule", 0o100755: "an executable file", 0o040000: "a folder"}


def check(change: Change, context: Context) -> Iterator[Problem]:
    """A deleted file has no mode any more."""
    if change.status != "D" and change.mode != REGULAR_FILE:
        what = _NAMES.get(change.mode, "not a plain file")
        yield Problem(f"this is {what} (mode {change.mode:06o})", "add it as a plain file: mode 100644")
