"""S403: a good record, a bad one, the exact finding."""

from __future__ import annotations

from dataclasses import replace

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s403_source_known as rule
from selfsown.rules.rule import make_finding

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def look(shard, known):
    return [make_finding(rule, problem, shard.path) for problem in rule.check(shard, known)]


def test_good(context, shard_file, chat):
    assert look(shard_file(chat()), context()) == []


def test_bad(context, shard_file, chat):
    shard = shard_file(chat(), chat("a", "b", source="zoo"), chat("a", "c", source="zoo"))
    assert look(shard, context()) == [
        Finding(
            "S403",
            "source-known",
            Level.ERROR,
            Location(PATH, 2, "source"),
            "there is no source 'zoo'",
            "add corpus/sources/zoo.toml (title, license, origin, contact, consent), or name one that is there",
        )
    ]


def test_a_warning_where_nobody_keeps_sources(context, shard_file, chat, rulebook):
    known = replace(context(new_sources={}), rulebook=replace(rulebook, sources={}))
    assert [found.level for found in look(shard_file(chat()), known)] == [Level.WARNING]
