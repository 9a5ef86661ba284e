"""S510: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s510_shard_source as rule
from selfsown.rules.rule import make_finding

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def look(shard, known):
    return [make_finding(rule, problem, shard.path) for problem in rule.check(shard, known)]


def test_good(context, shard_file, chat):
    assert look(shard_file(chat()), context()) == []


def test_bad(context, shard_file, chat):
    shard = shard_file(chat(), chat(source="zoo"))
    assert look(shard, context()) == [
        Finding(
            "S510",
            "shard-source",
            Level.ERROR,
            Location(PATH, 2, "source"),
            "the record is of the source zoo, the file of chats",
            "a shard holds one source; `selfsown submit` packs them so",
        )
    ]
