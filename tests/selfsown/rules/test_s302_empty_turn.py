"""S302: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s302_empty_turn as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat()) == []


def test_bad(look, chat):
    assert look(rule, chat("Hi", " \n")) == [
        Finding(
            "S302",
            "empty-turn",
            Level.ERROR,
            Location(PATH, 3, "messages[1].content"),
            "the text is empty or only white space",
            "leave the exchange out, or say what was said",
        )
    ]


def test_an_old_answer_may_have_been_empty(look, chat, rework):
    assert look(rule, rework(chat()["id"], old=""), "rework") == []
    assert [found.location.field for found in look(rule, rework(chat()["id"], new=" "), "rework")] == ["new"]
