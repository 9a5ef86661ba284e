"""S305 hidden-characters: no zero-width, tag or other invisible characters, no runs of variation selectors."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.characters import HIDDEN, name_of
from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S305"
NAME = "hidden-characters"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework", "ratings", "source")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Count per field; joiners within emoji and in the scripts that are spelled with them are fine."""
    for field, text in entry.strings:
        if text.isascii():
            continue
        hidden = [match for match in HIDDEN.finditer(text) if match["flag"] is None]
        if hidden:
            yield Problem(
                f"{len(hidden)} hidden character{'s' * (len(hidden) > 1)}, first {name_of(hidden[0][0][0])} at character "
                f"{hidden[0].start() + 1}",
                "remove them: what a reader cannot see must not reach the training data",
                field,
            )
