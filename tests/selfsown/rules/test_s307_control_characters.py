"""S307: a good record, a bad one, the exact finding."""

from __future__ import annotations

import pytest

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s307_control_characters as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat("a\tb\nc", "Line\u2028separators stay")) == []


def test_bad(look, chat):
    assert look(rule, chat("Hi", "red \x1b[31m")) == [
        Finding(
            "S307",
            "control-characters",
            Level.ERROR,
            Location(PATH, 3, "messages[1].content"),
            "U+001B at character 5 is a control, private-use or noncharacter",
            "remove it; a line break is a line feed (LF) alone",
        )
    ]


@pytest.mark.parametrize(
    "character", ["\x00", "\r", "\x7f", "\x85", "\ue000", "\U000f0000", "\ufdd0", "\uffff", "\U0001fffe"]
)
def test_others(look, chat, character):
    assert len(look(rule, chat("Hi", f"a{character}b"))) == 1
