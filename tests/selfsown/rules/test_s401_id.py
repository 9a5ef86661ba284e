"""S401: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s401_id as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat, rework, rating):
    assert look(rule, chat()) == []
    assert look(rule, rework(chat()["id"]), "rework") == []
    assert look(rule, rating(chat()["id"]), "ratings") == []


def test_bad(look, chat, rework, rating):
    assert look(rule, chat() | {"id": "c-" + "0" * 32}) == [
        Finding(
            "S401",
            "id",
            Level.ERROR,
            Location(PATH, 3, "id"),
            f"the id must be {chat()['id']}",
            "let `selfsown import` write it, or copy it from here",
        )
    ]


def test_other_kinds(look, chat, rework, rating):
    assert len(look(rule, rework(chat()["id"]) | {"id": "w-" + "0" * 32}, "rework")) == 1
    assert len(look(rule, rating(chat()["id"]) | {"id": "r-" + "0" * 32}, "ratings")) == 1
