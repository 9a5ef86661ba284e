"""S401 id: the id is the hash of the content, so nobody can claim a foreign one."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.canonical import content_id
from selfsown.finding import Level
from selfsown.rating import rating_id
from selfsown.rework import rework_id
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S401"
NAME = "id"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework", "ratings")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Compute it again."""
    record = entry.record
    right = _right_id(entry)
    if record["id"] != right:
        yield Problem(f"the id must be {right}", "let `selfsown import` write it, or copy it from here", "id")


def _right_id(entry: Entry) -> str:
    record = entry.record
    if entry.kind == "original":
        # The schema lets a message have nothing but role and content, so this is what conversation_id hashes.
        return content_id("c", {"messages": record["messages"]})
    if entry.kind == "rework":
        return rework_id(record["parent"], record["turn"], record["new"])
    return rating_id(record["conversation"], record["rater"], record["where"])
