"""S507: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s507_unique_path as rule
from selfsown.rules.rule import make_finding
from selfsown.submission import Change, Submission

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def look(known, *changes):
    submission = Submission("0" * 40, "1" * 40, "someone", "a title", changes)
    return [make_finding(rule, problem, problem.path or "corpus") for problem in rule.check(submission, known)]


def add(path, content=b"x", status="A", size=1):
    return Change(path, status, 0o100644, size, content)


def test_good(context):
    assert look(context(base_paths=frozenset({"corpus/b"})), add("corpus/a"), add("corpus/b")) == []


def test_bad(context):
    assert look(context(base_paths=frozenset({"corpus/readme.md"})), add("corpus/README.md")) == [
        Finding(
            "S507",
            "unique-path",
            Level.ERROR,
            Location("corpus/README.md"),
            "the path differs from corpus/readme.md only in case or accents' spelling",
            "rename it",
        )
    ]


def test_within_the_submission_and_by_spelling_of_accents(context):
    assert len(look(context(), add("corpus/caf\u00e9"), add("corpus/CAFE\u0301"))) == 1
    assert len(look(context(), add("corpus/x", status="D"), add("corpus/X"))) == 0
