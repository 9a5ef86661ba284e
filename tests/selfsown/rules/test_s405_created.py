"""S405: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s405_created as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat(created="2026-05-07")) == []
    assert look(rule, chat(created="2024-02-29")) == []


def test_bad(look, chat):
    assert look(rule, chat(created="2026-05-08")) == [
        Finding(
            "S405",
            "created",
            Level.ERROR,
            Location(PATH, 3, "created"),
            "2026-05-08 is in the future (today is 2026-05-06, UTC)",
            "use the day of the conversation",
        )
    ]


def test_a_day_that_does_not_exist(look, chat):
    assert [found.message for found in look(rule, chat(created="2026-02-30"))] == ["there is no day 2026-02-30"]
