"""S603 withdrawn-record: what was withdrawn stays away."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S603"
NAME = "withdrawn-record"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework", "ratings")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Look the id up among the tombstones (S408 does so for the conversation that a rating brings along)."""
    if entry.record["id"] in context.withdrawn:
        yield Problem("this record was withdrawn", "leave it out: a withdrawal is final", "id")
