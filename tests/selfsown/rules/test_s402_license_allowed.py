"""S402: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s402_license_allowed as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat, rulebook):
    assert look(rule, chat()) == []


def test_bad(look, chat, rulebook):
    assert look(rule, chat(license="WTFPL")) == [
        Finding(
            "S402",
            "license-allowed",
            Level.ERROR,
            Location(PATH, 3, "license"),
            "the licence 'WTFPL' is not on the list",
            f"allowed are {', '.join(rulebook.policy.licenses.allowed)}; another one is a question for the maintainers",
        )
    ]
