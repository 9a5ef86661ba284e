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
    first = next(iter(context.added.get(entry.record["id"], ())), None)
    if first is not None and first != (entry.path, entry.line):
        yield Problem(f"the record already stands in {first[0]}, line {first[1]}", "keep one of them", "id")
