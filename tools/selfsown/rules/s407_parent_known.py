"""S407 parent-known: a rework names the conversation it reworks."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S407"
NAME = "parent-known"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("rework",)


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Look it up in the base and in this submission."""
    name = entry.record["parent"]
    if name in context.withdrawn:
        yield Problem(f"the conversation {name} was withdrawn", "leave the rework out", "parent")
    elif name not in context.known and name not in context.added:
        yield Problem(f"there is no conversation {name}", "submit the conversation too, or first", "parent")
