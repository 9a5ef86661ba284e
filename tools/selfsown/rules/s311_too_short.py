"""S311 too-short: the assistant says enough to learn from."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S311"
NAME = "too-short"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original",)


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Count the characters of all assistant turns."""
    least = context.rulebook.policy.limits.conversation_characters
    said = 0
    for turn in entry.record["messages"]:
        if turn["role"] == "assistant":
            said += len(turn["content"].strip())
            if said >= least:
                return
    yield Problem(
        f"the assistant says {said} characters in all; at least {least} are asked for",
        "leave the conversation out, or keep it going until there is an answer worth learning",
        "messages",
    )
