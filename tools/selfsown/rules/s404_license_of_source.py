"""S404 license-of-source: a record has the licence of its source."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S404"
NAME = "license-of-source"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Compare with the source's file, where there is one."""
    source = context.source(entry.record["source"])
    if source is not None and source.license != entry.record["license"]:
        yield Problem(
            f"the record says {entry.record['license']!r}, its source {source.id} says {source.license!r}",
            "use the source's licence, or make a source of its own for the other one",
            "license",
        )
