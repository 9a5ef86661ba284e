"""S505: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s505_only_added as rule
from selfsown.rules.rule import make_finding
from selfsown.submission import Change

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def look(known, path=PATH, status="A", mode=0o100644, content=b"x", size=1):
    change = Change(path, status, mode, size, content)
    return [make_finding(rule, problem, path) for problem in rule.check(change, known)]


def test_good(context):
    assert look(context()) == []


def test_bad(context):
    assert look(context(), status="M") == [
        Finding(
            "S505",
            "only-added",
            Level.ERROR,
            Location(PATH),
            "the submission changes a file that is already there",
            "put it back; correct with a new record that `supersedes`, a removal is a tombstone in corpus/withdrawn",
        )
    ]


def test_deleted(context):
    assert [found.message for found in look(context(), status="D")] == [
        "the submission removes a file that is already there"
    ]
