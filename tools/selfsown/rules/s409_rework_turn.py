"""S409 rework-turn: a rework rewrites an answer that its parent really gives, to the request it names."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S409"
NAME = "rework-turn"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("rework",)


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Compare with the parent, where it is at hand."""
    parent = context.find_conversation(entry.record["parent"])
    if parent is None:
        return
    messages, turn = parent["messages"], entry.record["turn"]
    if turn >= len(messages) or messages[turn]["role"] != "assistant":
        yield Problem(f"turn {turn} of the parent is no answer of the assistant", "count the turns from 0", "turn")
        return
    if messages[turn]["content"] != entry.record["old"]:
        yield Problem(f"this is not what turn {turn} of the parent says", "copy the answer as it happened", "old")
    if messages[turn - 1]["content"] != entry.record["request"]:
        yield Problem(
            "this is not the request that the parent's answer belongs to",
            "copy the turn before the answer",
            "request",
            level=Level.WARNING,
        )
