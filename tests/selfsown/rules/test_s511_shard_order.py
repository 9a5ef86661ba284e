"""S511: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s511_shard_order as rule
from selfsown.rules.rule import make_finding

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def look(shard, known):
    return [make_finding(rule, problem, shard.path) for problem in rule.check(shard, known)]


def test_good(context, shard_file, chat):
    assert look(shard_file(chat() | {"id": "c-1"}, chat() | {"id": "c-2"}), context()) == []


def test_bad(context, shard_file, chat):
    shard = shard_file(chat() | {"id": "c-2"}, chat() | {"id": "c-1"})
    assert look(shard, context()) == [
        Finding(
            "S511",
            "shard-order",
            Level.ERROR,
            Location(PATH, 2, "id"),
            "the record should stand before that of line 1",
            "sort the lines by id",
        )
    ]


def test_a_draft_has_no_order(context, shard_file, chat):
    assert look(shard_file(chat() | {"id": "c-2"}, chat() | {"id": "c-1"}, in_corpus=False), context()) == []
