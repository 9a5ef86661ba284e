"""S516: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s516_source_file as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look):
    assert [found.level for found in look(rule, SOURCE, "source", NAME)] == ["warning"]


def test_bad(look):
    assert look(rule, SOURCE | {"id": "others"}, "source", NAME)[:1] == [
        Finding(
            "S516",
            "source-file",
            Level.ERROR,
            Location(NAME, 3, "id"),
            "the file of the source others must be corpus/sources/others.toml",
            "rename it",
        )
    ]


def test_a_new_source_is_a_warning(look):
    (found,) = look(rule, SOURCE, "source", NAME)
    assert (found.message, found.level) == ("chats is a new source", Level.WARNING)


NAME = "corpus/sources/chats.toml"
SOURCE = {"id": "chats", "title": "Chats", "license": "MIT", "origin": "typed", "contact": "us", "consent": "given"}
