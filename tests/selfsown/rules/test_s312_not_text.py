"""S312: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s312_not_text as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat("x = {y: [1, 2]} # \U0001f600", "\u4f60\u597d" * 20)) == []
    assert look(rule, chat("Hi", "\U0001f600\U0001f600")) == []


def test_bad(look, chat):
    assert look(rule, chat("Hi", "a" + "#" * 39)) == [
        Finding(
            "S312",
            "not-text",
            Level.ERROR,
            Location(PATH, 3, "messages[1].content"),
            "3% are letters, digits or common punctuation; at least 35% are asked for",
            "leave the conversation out: it is not text",
        )
    ]


def test_of_a_rework(look, chat, rework):
    (found,) = look(rule, rework(chat()["id"], new="\U0001f600" * 30), "rework")
    assert found.location.field == "new"
