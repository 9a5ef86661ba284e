"""S602 repeated-record: no record twice in one submission."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S602"
NAME = "repeated-record"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework", "ratings")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Named at every place but the first."""
    places = context.added.get(entry.record["id"], ())
    if len(places) > 1 and places[0] != (entry.path, entry.line):
        first = places[0]
        yield Problem(f"the record already stands in {first[0]}, line {first[1]}", "keep one of them", "id")
