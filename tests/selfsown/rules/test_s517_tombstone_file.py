"""S517: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s517_tombstone_file as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look):
    assert look(rule, TOMB, "withdrawn", NAME, known={ID: "corpus/x"}) == []


def test_bad(look):
    assert look(rule, TOMB | {"date": "2026-04-04"}, "withdrawn", NAME, known={ID: "corpus/x"}) == [
        Finding(
            "S517",
            "tombstone-file",
            Level.ERROR,
            Location(NAME, 3, "id"),
            "the path does not fit the id and the date",
            f"the file must be corpus/withdrawn/2026-04/{ID}.json",
        )
    ]


def test_future_and_unknown(look):
    name = f"corpus/withdrawn/2027-01/{ID}.json"
    found = look(rule, TOMB | {"date": "2027-01-01"}, "withdrawn", name)
    assert [(finding.location.field, finding.level) for finding in found] == [("date", "error"), ("id", "warning")]


ID = "c-" + "1" * 32
NAME = f"corpus/withdrawn/2026-05/{ID}.json"
TOMB = {"id": ID, "reason": "request", "date": "2026-05-04"}
