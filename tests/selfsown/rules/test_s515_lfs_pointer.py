"""S515: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s515_lfs_pointer as rule
from selfsown.rules.rule import make_finding
from selfsown.submission import Change

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def look(known, path=PATH, status="A", mode=0o100644, content=b"x", size=1):
    change = Change(path, status, mode, size, content)
    return [make_finding(rule, problem, path) for problem in rule.check(change, known)]


def test_good(context):
    assert look(context()) == []
    assert look(context(), content=None) == []


def test_bad(context):
    assert look(context(), content=b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n") == [
        Finding(
            "S515",
            "lfs-pointer",
            Level.ERROR,
            Location(PATH),
            "this is a Git LFS pointer, not the content",
            "add the file itself: `git lfs untrack`, then add it again",
        )
    ]
