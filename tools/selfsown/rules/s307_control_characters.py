"""S307 control-characters: no control characters but line feed and tab, no private use, no noncharacters."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.characters import CONTROLS, name_of
from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S307"
NAME = "control-characters"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework", "ratings", "source")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Name the first one of every field."""
    for field, text in entry.strings:
        match = CONTROLS.search(text)
        if match is not None:
            yield Problem(
                f"{name_of(match[0])} at character {match.start() + 1} is a control, private-use or noncharacter",
                "remove it; a line break is a line feed (LF) alone",
                field,
            )
