"""S407: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s407_parent_known as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, rework):
    assert look(rule, rework(OTHER), "rework", known={OTHER: "corpus/x"}) == []


def test_bad(look, rework):
    assert look(rule, rework(OTHER), "rework") == [
        Finding(
            "S407",
            "parent-known",
            Level.ERROR,
            Location(PATH, 3, "parent"),
            f"there is no conversation {OTHER}",
            "submit the conversation too, or first",
        )
    ]


def test_withdrawn(look, rework):
    (found,) = look(rule, rework(OTHER), "rework", known={OTHER: "corpus/x"}, withdrawn={OTHER})
    assert found.message == f"the conversation {OTHER} was withdrawn"


OTHER = "c-" + "1" * 32
