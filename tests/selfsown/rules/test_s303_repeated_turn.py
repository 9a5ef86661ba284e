"""S303: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s303_repeated_turn as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat("yes", "Which size would you like?", "yes", "A large one, then.")) == []


def test_bad(look, chat):
    assert look(rule, chat("Where is my order, please?", "Where is my order, please?")) == [
        Finding(
            "S303",
            "repeated-turn",
            Level.ERROR,
            Location(PATH, 3, "messages[1].content"),
            "turn 1 only repeats the turn before",
            "leave the repetition out, or end the conversation before it",
        )
    ]


def test_the_same_role_says_the_same_twice_in_a_row(look, chat):
    (found,) = look(rule, chat("Hi", "I cannot help you with that.", "Why?", "I cannot help you with that."))
    assert (found.location.field, found.message) == ("messages[3].content", "turn 3 says the same twice in a row")


def test_a_repetition_further_away_is_fine(look, chat):
    long = "I would like a large pizza."
    assert look(rule, chat(long, "Thin or thick?", "Thin.", "Anything else?", long, "One more, then.")) == []
