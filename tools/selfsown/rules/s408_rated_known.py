"""S408 rated-known: a rating is of a conversation that is there, or brings it along."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.canonical import content_id
from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S408"
NAME = "rated-known"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("ratings",)


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Look it up in the base, in this submission, and in the rating itself."""
    name, messages = entry.record["conversation"], entry.record.get("messages")
    if name in context.withdrawn:
        yield Problem(f"the conversation {name} was withdrawn", "leave the rating out", "conversation")
    elif messages is not None:
        right = content_id("c", {"messages": messages})
        if name != right:
            yield Problem(
                f"the messages are those of {right}",
                "rate the conversation that the rating brings along",
                "conversation",
            )
    elif name not in context.known and name not in context.added:
        yield Problem(
            f"there is no conversation {name}", "bring it along as `messages`, or submit it first", "conversation"
        )
