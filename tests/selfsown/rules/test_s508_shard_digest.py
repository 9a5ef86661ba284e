"""S508: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s508_shard_digest as rule
from selfsown.rules.rule import make_finding

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def look(shard, known):
    return [make_finding(rule, problem, shard.path) for problem in rule.check(shard, known)]


def test_good(context, shard_file, chat):
    assert look(shard_file(chat()), context()) == []


def test_bad(context, shard_file, chat):
    shard = shard_file(chat(), digest="ab" * 32)
    assert look(shard, context()) == [
        Finding(
            "S508",
            "shard-digest",
            Level.ERROR,
            Location(PATH),
            "the content is not what the name says",
            "rename it to corpus/original/2026-05/ab/chats-abababababab.jsonl",
        )
    ]


def test_wrong_folder(context, shard_file, chat):
    path = "corpus/original/2026-05/01/chats-000000000000.jsonl"
    assert len(look(shard_file(chat(), path=path), context())) == 1
