"""S313: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s313_language_tag as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    for tag in ("en", "de-CH", "zh-Hant-TW", "sl-rozaj-biske", "en-x-old", "x-own"):
        assert look(rule, chat(language=tag)) == []


def test_bad(look, chat):
    assert look(rule, chat(language="english language")) == [
        Finding(
            "S313",
            "language-tag",
            Level.ERROR,
            Location(PATH, 3, "language"),
            "'english language' is no language tag",
            "write a BCP 47 tag such as en, de-CH or zh-Hant, or leave it out",
        )
    ]
