"""S308: a good record, a bad one, the exact finding."""

from __future__ import annotations

import unicodedata

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s308_unassigned_characters as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat("caf\u00e9 \U0001f600", "\u4f60\u597d")) == []


def test_bad(look, chat):
    assert look(rule, chat("Hi", "a\u0378")) == [
        Finding(
            "S308",
            "unassigned-characters",
            Level.WARNING,
            Location(PATH, 3, "messages[1].content"),
            f"U+0378 at character 2 is not in Unicode {unicodedata.unidata_version}",
            "look whether it is a new character or a mistake",
        )
    ]
