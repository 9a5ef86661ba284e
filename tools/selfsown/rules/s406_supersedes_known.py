"""S406 supersedes-known: a correction names a conversation that is there."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S406"
NAME = "supersedes-known"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original",)


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Look it up in the base and in this submission."""
    name = entry.record.get("supersedes")
    if name is None:
        return
    if name == entry.record["id"]:
        yield Problem("the conversation supersedes itself", "leave `supersedes` out", "supersedes")
    elif name not in context.known and name not in context.added:
        yield Problem(
            f"there is no conversation {name}", "name one of the corpus, or leave `supersedes` out", "supersedes"
        )
