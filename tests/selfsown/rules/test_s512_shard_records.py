"""S512: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s512_shard_records as rule
from selfsown.rules.rule import make_finding

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def look(shard, known):
    return [make_finding(rule, problem, shard.path) for problem in rule.check(shard, known)]


def test_good(context, shard_file, chat):
    assert look(shard_file(chat(), lines=50), context()) == []


def test_bad(context, shard_file, chat):
    shard = shard_file(chat(), lines=51)
    assert look(shard, context()) == [
        Finding(
            "S512",
            "shard-records",
            Level.ERROR,
            Location(PATH),
            "the shard has more than 50 records",
            "split it; the lines after that were not looked at",
        )
    ]


def test_empty(context, shard_file):
    assert [found.message for found in look(shard_file(), context())] == ["the file is empty"]


def test_a_draft_may_be_long(context, shard_file, chat):
    assert look(shard_file(chat(), lines=1000, in_corpus=False), context()) == []
