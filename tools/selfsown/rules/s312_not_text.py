"""S312 not-text: a turn is mostly letters, digits and common punctuation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S312"
NAME = "not-text"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework")

_COMMON = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \n\t.,;:!?'\"()-"
_NOT_COMMON = re.compile(r"[^\w\s.,;:!?'\"()-]|_")
# A smiley or a sum is a fine answer.
_LEAST_CHARACTERS = 20


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Measure every longer turn, unless all turns together have too few odd characters for one to be odd."""
    least = context.rulebook.policy.limits.text_share
    odd_in_all = len(entry.raw.translate(None, _COMMON)) if entry.kind == "rework" else _odd_bytes(entry.contents)
    if odd_in_all < (1 - least) * _LEAST_CHARACTERS:
        return
    for field, text in entry.texts:
        seen = len(text) - sum(map(text.count, " \n\t"))
        if seen < _LEAST_CHARACTERS:
            continue
        share = 1 - len(_NOT_COMMON.findall(text)) / seen
        if share < least:
            yield Problem(
                f"{share:.0%} are letters, digits or common punctuation; at least {least:.0%} are asked for",
                "leave the conversation out: it is not text",
                field,
            )


def _odd_bytes(contents: tuple[str, ...]) -> int:
    return len("".join(contents).encode("utf-8").translate(None, _COMMON))
