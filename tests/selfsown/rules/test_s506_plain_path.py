"""S506: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s506_plain_path as rule
from selfsown.rules.rule import make_finding
from selfsown.submission import Change

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def look(known, path=PATH, status="A", mode=0o100644, content=b"x", size=1):
    change = Change(path, status, mode, size, content)
    return [make_finding(rule, problem, path) for problem in rule.check(change, known)]


def test_good(context):
    assert look(context()) == []


def test_bad(context):
    assert look(context(), "corpus/a\u202eb\udc80") == [
        Finding(
            "S506",
            "plain-path",
            Level.ERROR,
            Location("corpus/a\\u{202E}b\\u{DC80}"),
            "the path holds characters that are not printable ASCII",
            "rename the file",
        )
    ]
