"""S603: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.conversation import read_turns
from selfsown.finding import Finding, Level, Location
from selfsown.nearness import sketch
from selfsown.rules import s603_withdrawn_record as rule
from selfsown.tombstone import near_finder

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat(), withdrawn={"c-0"}) == []


def test_bad(look, chat):
    assert look(rule, chat(), withdrawn={chat()["id"]}) == [
        Finding(
            "S603",
            "withdrawn-record",
            Level.ERROR,
            Location(PATH, 3, "id"),
            "this record was withdrawn",
            "leave it out: a withdrawal is final",
        )
    ]


def test_a_near_copy(look, chat, rating, rework):
    told = chat(
        "Where did you spend the summer of the great storm, and with whom?",
        "On the island, with my two sisters and the old sailor who taught us to mend nets.",
    )
    find_near = near_finder({told["id"]: sketch(read_turns(told["messages"]))})
    again = chat(
        "Where did you spend the summer of the great storm, and with whom?",
        "On the island, with my two brothers and the old sailor who taught us to mend nets!",
    )
    other = chat("Where is the next station?", "Down the road, behind the church, on the left side.")
    reworked = rework(other["id"], request=again["messages"][0]["content"], new=again["messages"][1]["content"])
    carrying = rating(again["id"]) | {"messages": again["messages"]}
    for record, kind in ((again, "original"), (reworked, "rework"), (carrying, "ratings")):
        (found,) = look(rule, record, kind, find_near=find_near)
        assert found.message == f"it repeats most of {told['id']}, which was withdrawn"
    for record, kind in ((other, "original"), (rework(other["id"]), "rework"), (rating(other["id"]), "ratings")):
        assert look(rule, record, kind, find_near=find_near) == []
