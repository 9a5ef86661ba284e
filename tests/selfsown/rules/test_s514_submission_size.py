"""S514: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s514_submission_size as rule
from selfsown.rules.rule import make_finding
from selfsown.submission import Change, Submission

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def look(known, *changes):
    submission = Submission("0" * 40, "1" * 40, "someone", "a title", changes)
    return [make_finding(rule, problem, problem.path or "corpus") for problem in rule.check(submission, known)]


def add(path, content=b"x", status="A", size=1):
    return Change(path, status, 0o100644, size, content)


def test_good(context):
    assert look(context(), *(add(f"corpus/{index}.jsonl") for index in range(8))) == []


def test_bad(context):
    assert look(context(), add(PATH, b"\n" * 101)) == [
        Finding(
            "S514",
            "submission-size",
            Level.ERROR,
            Location("corpus"),
            "the submission has 101 records; at most 100 are allowed",
            "make two submissions of it",
        )
    ]


def test_shards_and_bytes(context):
    found = look(context(), *(add(f"corpus/{index}.jsonl", size=100_000) for index in range(9)))
    assert [finding.message for finding in found] == [
        "the submission has 9 shards; at most 8 are allowed",
        "the submission has 900,000 bytes; at most 716,800 are allowed",
    ]
