"""S405 created: the day exists and is not in the future."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S405"
NAME = "created"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework", "ratings")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """A day ahead is allowed: it is tomorrow somewhere."""
    created = entry.record["created"]
    if created > context.latest:
        yield Problem(
            f"{created} is in the future (today is {context.today}, UTC)", "use the day of the conversation", "created"
        )
    elif created[8:] > "28" and not _exists(created):
        yield Problem(f"there is no day {created}", "use the day of the conversation", "created")


def _exists(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True
