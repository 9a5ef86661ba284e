"""What can be commented on: the lines of a patch, and where a line went when the pull request moved on."""

from __future__ import annotations

import re
from dataclasses import dataclass

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line stands in a patch: which hunk, and GitHub's old-fashioned position."""

    hunk: int
    position: int


def read_places(patch: str) -> dict[tuple[str, int], Place]:
    """`(side, line)` of everything that can be commented on: RIGHT has additions and context, LEFT deletions and context."""
    places: dict[tuple[str, int], Place] = {}
    hunk = old = new = 0
    for position, line in enumerate(patch.split("\n")):
        if match := HUNK.match(line):
            hunk += 1
            old, new = int(match[1]), int(match[3])
            continue
        place = Place(hunk, position)
        if line.startswith(("+", " ")):
            places["RIGHT", new] = place
            new += 1
        if line.startswith(("-", " ")):
            places.setdefault(("LEFT", old), place)
            old += 1
    return places


def read_hunk(patch: str, position: int) -> str:
    """The lines of the hunk up to a position, as GitHub's `diff_hunk`."""
    lines = patch.split("\n")
    start = max(number for number in range(position + 1) if HUNK.match(lines[number]))
    return "\n".join(lines[start : position + 1])


def follow_line(changes: str, line: int) -> int | None:
    """Where a line is after `changes` (a patch without context), or None where it was changed or deleted."""
    moved = line
    for match in re.finditer(r"^@@ .*? @@", changes, re.MULTILINE):
        parts = HUNK.match(match[0])
        if parts is None:
            continue
        old, gone, new = int(parts[1]), int(parts[2] or 1), int(parts[4] or 1)
        if gone and old <= line < old + gone:
            return None
        if line >= old + gone and (gone or line > old):
            moved += new - gone
    return moved
