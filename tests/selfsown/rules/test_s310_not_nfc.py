"""S310: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s310_not_nfc as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat("caf\u00e9", "\u1100")) == []


def test_bad(look, chat):
    assert look(rule, chat("Hi", "cafe\u0301")) == [
        Finding(
            "S310",
            "not-nfc",
            Level.ERROR,
            Location(PATH, 3, "messages[1].content"),
            "the text is not in Unicode normal form C",
            "normalise it (NFC); `selfsown import` does that",
        )
    ]


def test_never_normalises_a_long_run_of_marks(look, chat, monkeypatch):
    def refuse(form, text):
        raise AssertionError("normalised")

    monkeypatch.setattr(rule.unicodedata, "is_normalized", refuse)
    assert look(rule, chat("Hi", "a" + "\u0301\u0316" * 20_000)) == []
