"""S303 repeated-turn: nobody says the same twice, and nobody only repeats what was just said."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S303"
NAME = "repeated-turn"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original",)

# Shorter turns repeat in every honest chat: "yes", "thank you", "sounds good".
_LEAST_CHARACTERS = 20


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Name the turns that equal the turn before, or the one before that, which is of the same role."""
    contents = entry.contents
    if len(set(contents)) == len(contents):
        return
    for index, content in enumerate(contents):
        if len(content) < _LEAST_CHARACTERS:
            continue
        if content in contents[max(index - 2, 0) : index]:
            what = "only repeats the turn before" if contents[index - 1] == content else "says the same twice in a row"
            yield Problem(
                f"turn {index} {what}",
                "leave the repetition out, or end the conversation before it",
                f"messages[{index}].content",
            )
