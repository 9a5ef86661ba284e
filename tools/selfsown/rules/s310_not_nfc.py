"""S310 not-nfc: text is in Unicode normal form C, so that the same words have the same id."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from selfsown.characters import mark_runs
from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S310"
NAME = "not-nfc"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework", "ratings", "source")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Name every field that is not. A text with a long run of marks is left to S309: normalising it takes minutes."""
    runs = mark_runs(context.rulebook.policy.limits.combining_marks)
    for field, text in entry.strings:
        if text.isascii() or runs.search(text) or unicodedata.is_normalized("NFC", text):
            continue
        yield Problem(
            "the text is not in Unicode normal form C",
            "normalise it (NFC); `selfsown import` does that",
            field,
        )
