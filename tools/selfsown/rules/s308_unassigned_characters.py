"""S308 unassigned-characters: code points that Unicode has not assigned, as far as this Python knows."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from selfsown.characters import name_of, unassigned
from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S308"
NAME = "unassigned-characters"
LEVEL = Level.WARNING
KINDS: tuple[str, ...] = ("original", "rework", "ratings", "source")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Name the first one of every field. A warning, because a newer emoji is no offence."""
    for field, text in entry.strings:
        match = None if text.isascii() else unassigned().search(text)
        if match is not None:
            yield Problem(
                f"{name_of(match[0])} at character {match.start() + 1} is not in Unicode {unicodedata.unidata_version}",
                "look whether it is a new character or a mistake",
                field,
            )
