"""S503 git-file: no file in corpus/ tells git how to treat the others."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem
from selfsown.submission import Change

NUMBER = "S503"
NAME = "git-file"
LEVEL = Level.ERROR

_NAMES = (".gitattributes", ".gitmodules", ".gitignore", ".gitkeep", ".lfsconfig", ".mailmap")


def check(change: Change, context: Context) -> Iterator[Problem]:
    """Such a file could hide a change from the review."""
    if change.path.rsplit("/", 1)[-1].casefold() in _NAMES:
        yield Problem("this file steers git, not the corpus", "leave it out")
