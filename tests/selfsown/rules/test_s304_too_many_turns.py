"""S304: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s304_too_many_turns as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat(*map(str, range(64)))) == []


def test_bad(look, chat):
    assert look(rule, chat(*map(str, range(66)))) == [
        Finding(
            "S304",
            "too-many-turns",
            Level.ERROR,
            Location(PATH, 3, "messages"),
            "the conversation has 66 turns; at most 64 are allowed",
            "split it where the subject changes",
        )
    ]
