"""S409: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s409_rework_turn as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat, rework):
    assert look(rule, rework(chat()["id"]), "rework", find_conversation=lambda _: chat()) == []
    assert look(rule, rework(chat()["id"], turn=7), "rework") == []


def test_bad(look, chat, rework):
    assert look(rule, rework(chat()["id"], turn=2), "rework", find_conversation=lambda _: chat()) == [
        Finding(
            "S409",
            "rework-turn",
            Level.ERROR,
            Location(PATH, 3, "turn"),
            "turn 2 of the parent is no answer of the assistant",
            "count the turns from 0",
        )
    ]


def test_another_old_answer_and_request(look, chat, rework):
    record = rework(chat()["id"], old="It is Rome.", request="And Italy?")
    found = look(rule, record, "rework", find_conversation=lambda _: chat())
    assert [(finding.location.field, finding.level) for finding in found] == [("old", "error"), ("request", "warning")]
