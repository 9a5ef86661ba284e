"""Which lines of a pull request can carry a comment: those its diff shows on the right side. Pure.

One comment on any other line and GitHub refuses the whole review, so this is read from the very patches it shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set

from selfsown.host import PullFile

Anchors = Mapping[str, Set[int]]

_HUNK = re.compile(r"@@ -\d{1,9}(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@")


def read_anchors(files: Iterable[PullFile]) -> Anchors:
    """Path to the lines (from 1) that are added or context in its patch. A file shown without a patch has none."""
    return {file.path: frozenset(_lines(file.patch)) for file in files if file.patch}


def _lines(patch: str) -> Iterator[int]:
    """What a line holds says nothing: in a hunk each begins with its own sign, so only a header begins with `@@`."""
    number: int | None = None
    for line in patch.split("\n"):
        if hunk := _HUNK.match(line):
            number = int(hunk[1])
        elif number is not None and line[:1] in ("+", " "):
            yield number
            number += 1
