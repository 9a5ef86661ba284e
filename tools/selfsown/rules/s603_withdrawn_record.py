"""S603 withdrawn-record: what was withdrawn stays away, and so does a near copy of it."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.conversation import Turn
from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S603"
NAME = "withdrawn-record"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework", "ratings")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Look it up among the tombstones (S408 does so for the conversation that a rating brings along)."""
    if entry.record["id"] in context.withdrawn:
        yield Problem("this record was withdrawn", "leave it out: a withdrawal is final", "id")
    elif (near := context.find_near(_turns(entry))) is not None:
        yield Problem(
            f"it repeats most of {near}, which was withdrawn",
            "leave it out: a withdrawal is final; if it is something else that only looks alike, tell a maintainer",
        )


def _turns(entry: Entry) -> Iterator[Turn]:
    """Everything that is said in a record, when somebody asks for it."""
    texts = [entry.record[name] for name in ("request", "old", "new")] if entry.kind == "rework" else entry.contents
    return (Turn("", text) for text in texts)
