"""S509: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s509_shard_month as rule
from selfsown.rules.rule import make_finding

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def look(shard, known):
    return [make_finding(rule, problem, shard.path) for problem in rule.check(shard, known)]


def test_good(context, shard_file, chat):
    assert look(shard_file(chat()), context()) == []


def test_bad(context, shard_file, chat):
    shard = shard_file(chat(), chat(created="2026-04-30"))
    assert look(shard, context()) == [
        Finding(
            "S509",
            "shard-month",
            Level.ERROR,
            Location(PATH, 2, "created"),
            "the record is of 2026-04, the folder of 2026-05",
            "a shard holds one month; `selfsown submit` packs them so",
        )
    ]
