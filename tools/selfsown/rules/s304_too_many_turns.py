"""S304 too-many-turns: a conversation stays readable for the people who review it."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S304"
NAME = "too-many-turns"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "ratings")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Count the messages against the policy."""
    most = context.rulebook.policy.limits.turns
    if len(entry.contents) > most:
        yield Problem(
            f"the conversation has {len(entry.contents)} turns; at most {most} are allowed",
            "split it where the subject changes",
            "messages",
        )
