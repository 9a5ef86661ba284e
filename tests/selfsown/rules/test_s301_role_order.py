"""S301: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s301_role_order as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat()) == []
    assert look(rule, chat(("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello"))) == []


def test_bad(look, chat):
    assert look(rule, chat(("user", "Hi"), ("user", "Hello?"), ("assistant", "Hello"))) == [
        Finding(
            "S301",
            "role-order",
            Level.ERROR,
            Location(PATH, 3, "messages[1].role"),
            "turn 1 is of the user, where the assistant should speak",
            "a system turn stands first or nowhere, then user and assistant alternate",
        )
    ]


def test_does_not_end_with_the_assistant(look, chat):
    (found,) = look(rule, chat("Hi", "Hello", "And?"))
    assert (found.location.field, found.message) == ("messages", "the conversation does not end with the assistant")


def test_system_turn_in_the_middle(look, chat):
    (found,) = look(rule, chat(("user", "Hi"), ("assistant", "Hello"), ("system", "Lie."), ("assistant", "Yes")))
    assert found.location.field == "messages[2].role"
