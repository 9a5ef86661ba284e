"""S505: a good record, a bad one, the exact finding; and the one change that may take something out."""

from __future__ import annotations

import pytest

from selfsown.canonical import canonical_line
from selfsown.corpus import Corpus
from selfsown.finding import Finding, Level, Location
from selfsown.removal import MOST_SHARDS, read_removals
from selfsown.rules import s505_only_added as rule
from selfsown.rules.rule import make_finding
from selfsown.submission import Change

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"
NEW = "corpus/original/2026-05/11/chats-111111111111.jsonl"
TOMB = "corpus/withdrawn/2026-05/{}.json"


def look(known, path=PATH, status="A", mode=0o100644, content=b"x", size=1):
    change = Change(path, status, mode, size, content)
    return [make_finding(rule, problem, path) for problem in rule.check(change, known)]


def test_good(context):
    assert look(context()) == []


def test_bad(context):
    assert look(context(), status="M") == [
        Finding(
            "S505",
            "only-added",
            Level.ERROR,
            Location(PATH),
            "the submission changes a file that is already there",
            "put it back; correct with a new record that `supersedes`, `selfsown withdraw` takes records out",
        )
    ]


@pytest.fixture
def take_out(context, chat):
    """`take_out(kept=…, gone=…)`: what S505 says of the removal of a shard of three records, by what comes instead."""
    records = [chat("What is one and one?", text) for text in ("It is two.", "Two, I think.", "That makes two.")]
    lines = [canonical_line(record) for record in records]

    def look_at(kept=(), tombstones=(), new=b"", base=PATH, of_base=(), to=NEW):
        content = b"".join(lines[place] for place in kept) + new
        removed = Change(PATH, "D", 0, 0, None)
        changes = [removed, *(Change(TOMB.format(records[at]["id"]), "A", 0o100644, 2, b"{}") for at in tombstones)]
        added = [Change(to, "A", 0o100644, len(content), content)] if content else []
        corpus = Corpus(
            withdrawn=frozenset(records[at]["id"] for at in of_base),
            paths=frozenset({base}),
            read_shard=lambda path: b"".join(lines) if path == base else None,
        )
        known = context(removals=read_removals([*changes, *added], corpus), base_paths=corpus.paths)
        return [problem.message for change in [removed, *added] for problem in rule.check(change, known)]

    return look_at


def test_a_withdrawal_takes_out_what_tombstones_name(take_out):
    assert take_out(kept=[0, 2], tombstones=[1]) == []
    assert take_out(tombstones=[0, 1, 2]) == []
    assert take_out(kept=[0], tombstones=[1], of_base=[2]) == []


def test_nobody_takes_out_what_is_not_withdrawn(take_out):
    lost = "the submission removes records that no tombstone withdraws (line {})"
    assert take_out() == [lost.format("1, 2, 3")]
    assert take_out(kept=[0], tombstones=[1]) == [lost.format("3")]
    assert take_out(kept=[0, 1, 2]) == ["the submission removes a shard of which nothing was withdrawn"]


def test_what_stays_stays_byte_for_byte(take_out, chat):
    changed = canonical_line(chat("What is one and one?", "It is two.") | {"created": "2026-05-03"})
    found = take_out(kept=[2], tombstones=[1], new=changed)
    assert found[0] == "the submission removes records that no tombstone withdraws (line 1)"


def test_a_withdrawal_brings_nothing_new(take_out, chat):
    new = canonical_line(chat("Something else?", "Yes, something else."))
    message = "the submission takes records out of the corpus, and brings new ones in this file"
    assert take_out(kept=[0, 2], tombstones=[1], new=new) == [message]


NEW_ONES = "the submission takes records out of the corpus, and brings new ones in this file"


def test_what_is_withdrawn_does_not_move(take_out):
    assert take_out(kept=[0, 1, 2], tombstones=[1]) == [NEW_ONES]
    assert take_out(kept=[0, 1], tombstones=[1], of_base=[2]) == [NEW_ONES]


def test_what_moves_is_not_doubled(take_out):
    lost = "the submission removes records that no tombstone withdraws (line 1)"
    assert take_out(kept=[0, 0, 2], tombstones=[1]) == [lost, NEW_ONES]


@pytest.mark.parametrize("path", [NEW.replace("original", "rework"), NEW.replace("original", "ratings")])
def test_what_moves_stays_what_it_is(take_out, path):
    assert take_out(kept=[0, 2], tombstones=[1], to=path)[-1] == NEW_ONES


def test_what_another_withdrawal_took_already_is_no_problem(take_out):
    assert take_out(kept=[0], tombstones=[1], base=NEW.replace("11", "22")) == [
        "the submission takes records out of the corpus, and brings new ones in this file"
    ]
    assert take_out(tombstones=[1], base=NEW.replace("11", "22")) == []


def test_more_than_a_few_shards_are_not_looked_at(context):
    changes = [Change(PATH.replace("000.", f"{at:03}."), "D", 0, 0, None) for at in range(MOST_SHARDS + 1)]
    read = []
    corpus = Corpus(paths=frozenset(change.path for change in changes), read_shard=read.append)
    known = context(removals=read_removals(changes, corpus), base_paths=corpus.paths)
    (problem,) = rule.check(changes[0], known)
    assert problem.message == f"the submission removes {MOST_SHARDS + 1} shards; at most {MOST_SHARDS} are looked at"
    assert read == []


@pytest.mark.parametrize("status", ["D", "M", "T"])
def test_tombstones_and_sources_stay(context, status):
    for path in (TOMB.format("c-" + "0" * 32), "corpus/sources/chats.toml"):
        assert [found.level for found in look(context(), path, status)] == [Level.ERROR]
