"""S507 unique-path: no two paths that a file system without case would merge."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem
from selfsown.submission import Submission

NUMBER = "S507"
NAME = "unique-path"
LEVEL = Level.ERROR

# No path that may stay is longer; a long one is refused by its shape and is not worth normalising.
_MOST_PATH = 300


def check(submission: Submission, context: Context) -> Iterator[Problem]:
    """Compare folded paths with each other and with the base."""
    places = {_folded(path): path for path in context.base_paths}
    for change in submission.changes:
        if change.status == "D" or len(change.path) > _MOST_PATH:
            continue
        other = places.setdefault(_folded(change.path), change.path)
        if other != change.path:
            yield Problem(
                f"the path differs from {other} only in case or accents' spelling", "rename it", path=change.path
            )


def _folded(path: str) -> str:
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path.casefold())
