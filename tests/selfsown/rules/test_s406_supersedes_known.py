"""S406: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s406_supersedes_known as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat()) == []
    assert look(rule, chat(supersedes=OTHER), known={OTHER: "corpus/x"}) == []
    assert look(rule, chat(supersedes=OTHER), added={OTHER: ((PATH, 1),)}) == []


def test_bad(look, chat):
    assert look(rule, chat(supersedes=OTHER)) == [
        Finding(
            "S406",
            "supersedes-known",
            Level.ERROR,
            Location(PATH, 3, "supersedes"),
            f"there is no conversation {OTHER}",
            "name one of the corpus, or leave `supersedes` out",
        )
    ]


def test_itself(look, chat):
    assert len(look(rule, chat(supersedes=chat()["id"]))) == 1


OTHER = "c-" + "1" * 32
