"""S603: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s603_withdrawn_record as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat(), withdrawn={"c-0"}) == []


def test_bad(look, chat):
    assert look(rule, chat(), withdrawn={chat()["id"]}) == [
        Finding(
            "S603",
            "withdrawn-record",
            Level.ERROR,
            Location(PATH, 3, "id"),
            "this record was withdrawn",
            "leave it out: a withdrawal is final",
        )
    ]
