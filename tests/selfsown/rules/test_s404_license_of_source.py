"""S404: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s404_license_of_source as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat()) == []
    assert look(rule, chat(source="elsewhere", license="CC0-1.0")) == []


def test_bad(look, chat):
    assert look(rule, chat(license="CC0-1.0")) == [
        Finding(
            "S404",
            "license-of-source",
            Level.ERROR,
            Location(PATH, 3, "license"),
            "the record says 'CC0-1.0', its source chats says 'MIT'",
            "use the source's licence, or make a source of its own for the other one",
        )
    ]
