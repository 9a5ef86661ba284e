"""S601: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s601_known_record as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat(), known={"c-0": "corpus/x"}) == []
    assert look(rule, chat(), known={chat()["id"]: PATH}) == []


def test_bad(look, chat):
    assert look(rule, chat(), known={chat()["id"]: "corpus/there.jsonl"}) == [
        Finding(
            "S601",
            "known-record",
            Level.ERROR,
            Location(PATH, 3, "id"),
            "the corpus already has this record, in corpus/there.jsonl",
            "leave it out",
        )
    ]
