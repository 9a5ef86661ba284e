"""S306: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s306_bidi_controls as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat("\u05e9\u05dc\u05d5\u05dd", "Shalom")) == []


def test_bad(look, chat):
    assert look(rule, chat("Hi", "abc\u202edef")) == [
        Finding(
            "S306",
            "bidi-controls",
            Level.ERROR,
            Location(PATH, 3, "messages[1].content"),
            "U+202E RIGHT-TO-LEFT OVERRIDE at character 4",
            "remove it: the text must read in the order in which it is stored",
        )
    ]


def test_a_mark_beside_hebrew_is_a_warning(look, chat):
    assert [found.level for found in look(rule, chat("\u05e9\u05dc\u05d5\u05dd\u200f!", "a\u200fb"))] == [
        "warning",
        "error",
    ]
