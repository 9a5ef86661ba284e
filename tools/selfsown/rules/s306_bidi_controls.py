"""S306 bidi-controls: no characters that reorder text on the screen."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.characters import BIDI_CONTROLS, BIDI_MARKS, RIGHT_TO_LEFT, name_of
from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S306"
NAME = "bidi-controls"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework", "ratings", "source")

_TIP = "remove it: the text must read in the order in which it is stored"


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Overrides, embeddings and isolates never; direction marks only beside letters that run from right to left."""
    for field, text in entry.strings:
        if text.isascii():
            continue
        control = BIDI_CONTROLS.search(text)
        if control is not None:
            yield Problem(f"{name_of(control[0])} at character {control.start() + 1}", _TIP, field)
        mark = BIDI_MARKS.search(text)
        if mark is not None:
            level = Level.WARNING if RIGHT_TO_LEFT.search(text) else Level.ERROR
            yield Problem(f"{name_of(mark[0])} at character {mark.start() + 1}", _TIP, field, level=level)
