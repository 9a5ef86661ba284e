"""S601 known-record: no record that the corpus already has."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S601"
NAME = "known-record"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework", "ratings")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """The id is the hash of the content, so the same id is the same content."""
    place = context.known.get(entry.record["id"])
    if place is not None and place != entry.path and entry.raw not in context.removals.moved:
        yield Problem(f"the corpus already has this record, in {place}", "leave it out", "id")
