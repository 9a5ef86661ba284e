"""S309: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s309_combining_marks as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat("a" + "\u0301" * 30, "fine")) == []


def test_bad(look, chat):
    assert look(rule, chat("Hi", "a" + "\u0301\u0316" * 16)) == [
        Finding(
            "S309",
            "combining-marks",
            Level.ERROR,
            Location(PATH, 3, "messages[1].content"),
            "32 combining marks in a row at character 2; at most 30 are allowed",
            "remove the superfluous marks",
        )
    ]
