"""S602: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s602_repeated_record as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat(), added={chat()["id"]: ((PATH, 3),)}) == []


def test_bad(look, chat):
    assert look(rule, chat(), added={chat()["id"]: ((PATH, 1), (PATH, 3))}) == [
        Finding(
            "S602",
            "repeated-record",
            Level.ERROR,
            Location(PATH, 3, "id"),
            f"the record already stands in {PATH}, line 1",
            "keep one of them",
        )
    ]
