"""S504: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s504_file_mode as rule
from selfsown.rules.rule import make_finding
from selfsown.submission import Change

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def look(known, path=PATH, status="A", mode=0o100644, content=b"x", size=1):
    change = Change(path, status, mode, size, content)
    return [make_finding(rule, problem, path) for problem in rule.check(change, known)]


def test_good(context):
    assert look(context()) == []
    assert look(context(), status="D", mode=0) == []


def test_bad(context):
    assert look(context(), mode=0o120000) == [
        Finding(
            "S504",
            "file-mode",
            Level.ERROR,
            Location(PATH),
            "this is a symbolic link (mode 120000)",
            "add it as a plain file: mode 100644",
        )
    ]


def test_others(context):
    said = [look(context(), mode=mode)[0].message for mode in (0o160000, 0o100755, 0o100664)]
    assert said == [
        "this is a submodule (mode 160000)",
        "this is an executable file (mode 100755)",
        "this is not a plain file (mode 100664)",
    ]
