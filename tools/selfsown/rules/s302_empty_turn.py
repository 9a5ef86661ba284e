"""S302 empty-turn: every turn says something that can be seen."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S302"
NAME = "empty-turn"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework")

_MAY_BE_EMPTY = ("old",)


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Name every turn without a visible character."""
    if entry.contents and all(map(str.strip, entry.contents)):
        return
    for field, text in entry.texts:
        if not text.strip() and field not in _MAY_BE_EMPTY:
            yield Problem(
                "the text is empty or only white space", "leave the exchange out, or say what was said", field
            )
