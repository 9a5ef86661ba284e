"""S513: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s513_shard_bytes as rule
from selfsown.rules.rule import make_finding
from selfsown.submission import Change

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def look(known, path=PATH, status="A", mode=0o100644, content=b"x", size=1):
    change = Change(path, status, mode, size, content)
    return [make_finding(rule, problem, path) for problem in rule.check(change, known)]


def test_good(context):
    assert look(context(), size=262_144) == []


def test_bad(context):
    assert look(context(), size=262_145) == [
        Finding(
            "S513",
            "shard-bytes",
            Level.ERROR,
            Location(PATH),
            "the file has 262,145 bytes; at most 262,144 are allowed",
            "split it; it was not read",
        )
    ]
