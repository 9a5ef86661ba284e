"""S501: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s501_outside_corpus as rule
from selfsown.rules.rule import make_finding
from selfsown.submission import Change, Submission

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def look(known, *changes):
    submission = Submission("0" * 40, "1" * 40, "someone", "a title", changes)
    return [make_finding(rule, problem, problem.path or "corpus") for problem in rule.check(submission, known)]


def add(path, content=b"x", status="A", size=1):
    return Change(path, status, 0o100644, size, content)


def test_good(context):
    assert look(context(), add(PATH)) == []


def test_bad(context):
    assert look(context(), add(PATH), add("setup.py")) == [
        Finding(
            "S501",
            "outside-corpus",
            Level.ERROR,
            Location("setup.py"),
            "this is outside the data, which makes it a maintenance pull request",
            "put the data into a pull request of its own",
        )
    ]


def test_maintenance_alone_is_a_warning(context):
    (found,) = look(context(), add("corpus/README.md"))
    assert (found.level, found.location) == (Level.WARNING, Location("corpus/README.md"))


def test_names_no_more_than_twenty(context):
    found = look(context(), *(add(f"{index}.py") for index in range(100)))
    assert len(found) == 20
    assert found[-1].message.endswith("so do 80 more paths")
