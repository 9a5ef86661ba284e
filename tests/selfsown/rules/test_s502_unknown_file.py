"""S502: a good record, a bad one, the exact finding."""

from __future__ import annotations

import pytest

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s502_unknown_file as rule
from selfsown.rules.rule import make_finding
from selfsown.submission import Change

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def look(known, path=PATH, status="A", mode=0o100644, content=b"x", size=1):
    change = Change(path, status, mode, size, content)
    return [make_finding(rule, problem, path) for problem in rule.check(change, known)]


def test_good(context):
    for path in (
        PATH,
        "corpus/README.md",
        "corpus/sources/chats.toml",
        f"corpus/withdrawn/2026-05/c-{'0' * 32}.json",
    ):
        assert look(context(), path) == []


def test_bad(context):
    assert look(context(), "corpus/original/notes.txt") == [
        Finding(
            "S502",
            "unknown-file",
            Level.ERROR,
            Location("corpus/original/notes.txt"),
            "no file of this name belongs into corpus/",
            "`selfsown submit` names shards: corpus/<kind>/<YYYY-MM>/<hh>/<source>-<digest12>.jsonl",
        )
    ]


@pytest.mark.parametrize(
    "path",
    [
        PATH + "\n",
        PATH.upper(),
        PATH.replace("2026-05", "2026-13"),
        PATH.replace("chats", "-chats"),
        PATH + ".gz",
        "corpus/original/../../x.jsonl",
        "corpus/sources/CON.toml",
        "corpus/sources/a.toml\n",
    ],
)
def test_others(context, path):
    assert len(look(context(), path)) == 1
