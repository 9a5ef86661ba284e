"""S311: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s311_too_short as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat("6 x 7?", "42, since 6 x 7 is 42.")) == []


def test_bad(look, chat):
    assert look(rule, chat("6 x 7?", "42", "Sure?", "Yes")) == [
        Finding(
            "S311",
            "too-short",
            Level.ERROR,
            Location(PATH, 3, "messages"),
            "the assistant says 5 characters in all; at least 8 are asked for",
            "leave the conversation out, or keep it going until there is an answer worth learning",
        )
    ]
