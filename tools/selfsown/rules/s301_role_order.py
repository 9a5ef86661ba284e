"""S301 role-order: a system turn only first, then user and assistant in turns, the assistant last."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S301"
NAME = "role-order"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original",)

_ORDER = re.compile("s?(?:ua)+")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Name the first turn that stands wrong."""
    messages = entry.record["messages"]
    if _ORDER.fullmatch("".join([turn["role"][0] for turn in messages])):
        return
    expected = "user"
    for index, turn in enumerate(messages):
        if index == 0 and turn["role"] == "system":
            continue
        if turn["role"] != expected:
            yield Problem(
                f"turn {index} is of the {turn['role']}, where the {expected} should speak",
                "a system turn stands first or nowhere, then user and assistant alternate",
                f"messages[{index}].role",
            )
            return
        expected = "assistant" if expected == "user" else "user"
    yield Problem(
        "the conversation does not end with the assistant",
        "end it with the answer: leave out a last request that has none",
        "messages",
    )
