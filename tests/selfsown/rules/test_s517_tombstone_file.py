"""S517: a good record, a bad one, the exact finding."""

from __future__ import annotations

import pytest

from selfsown.canonical import canonical_line
from selfsown.conversation import read_turns
from selfsown.finding import Finding, Level, Location
from selfsown.nearness import sketch
from selfsown.removal import Removals, Removed
from selfsown.rules import s517_tombstone_file as rule

SHARD = "corpus/original/2026-05/00/chats-000000000000.jsonl"
ID = "c-" + "0" * 32
NAME = f"corpus/withdrawn/2026-05/{ID}.json"
TOMB = {"id": ID, "reason": "request", "date": "2026-05-04"}
GOES = Removals({SHARD: Removed(SHARD, "original", (), 0, ())})


def test_good(look):
    assert look(rule, TOMB, "withdrawn", NAME, known={ID: SHARD}, removals=GOES) == []


def test_bad(look):
    assert look(rule, TOMB | {"date": "2026-04-04"}, "withdrawn", NAME, known={ID: SHARD}, removals=GOES) == [
        Finding(
            "S517",
            "tombstone-file",
            Level.ERROR,
            Location(NAME, 3, "id"),
            "the path does not fit the id and the date",
            f"the file must be corpus/withdrawn/2026-04/{ID}.json",
        )
    ]


def test_a_day_to_come_and_nothing_to_remove(look):
    name = f"corpus/withdrawn/2027-01/{ID}.json"
    found = look(rule, TOMB | {"date": "2027-01-01"}, "withdrawn", name)
    assert [(entry.level, entry.message) for entry in found] == [
        (Level.ERROR, "2027-01-01 is in the future"),
        (Level.WARNING, f"there is no record {ID}"),
    ]


def test_a_record_that_stays_is_pointed_at(look):
    (found,) = look(rule, TOMB, "withdrawn", NAME, known={ID: SHARD})
    assert (found.level, found.tip) == (Level.WARNING, f"`selfsown withdraw {ID}` takes the text out, too")


def test_one_that_stands_in_the_base_was_looked_at(look):
    assert look(rule, TOMB | {"sketch": [1]}, "withdrawn", NAME, base_paths={NAME}) == []


@pytest.mark.parametrize("brought_by", ["base", "rating"])
def test_a_sketch_is_that_of_the_text(look, chat, rating, brought_by):
    record = chat("Who wrote the first letter home that winter?", "My grandmother did, by the light of a candle.")
    known = {record["id"]: SHARD} if brought_by == "base" else {}
    line = canonical_line(rating(record["id"]) | {"messages": record["messages"]})
    removed = Removed(SHARD, "original", (line,), 0, ())
    facts = {
        "known": known,
        "removals": Removals({SHARD: removed}),
        "find_conversation": {record["id"]: record if known else None}.get,
    }
    right = list(sketch(read_turns(record["messages"])))
    tomb = TOMB | {"id": record["id"], "sketch": right}
    name = NAME.replace(ID, record["id"])
    assert look(rule, tomb, "withdrawn", name, **facts) == []
    (found,) = look(rule, tomb | {"sketch": [*right[1:], 65535]}, "withdrawn", name, **facts)
    assert (found.level, found.message) == (Level.ERROR, "the sketch is not that of a conversation that is there")


def test_a_sketch_of_nothing_that_is_there(look):
    found = look(rule, TOMB | {"sketch": [1]}, "withdrawn", NAME)
    assert [entry.location.field for entry in found] == ["sketch", "id"]
