"""S408: a good record, a bad one, the exact finding."""

from __future__ import annotations

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s408_rated_known as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat, rating):
    assert look(rule, rating(OTHER), "ratings", known={OTHER: "corpus/x"}) == []
    record = rating(chat()["id"]) | {"messages": chat()["messages"]}
    assert look(rule, record, "ratings") == []


def test_bad(look, chat, rating):
    assert look(rule, rating(OTHER), "ratings") == [
        Finding(
            "S408",
            "rated-known",
            Level.ERROR,
            Location(PATH, 3, "conversation"),
            f"there is no conversation {OTHER}",
            "bring it along as `messages`, or submit it first",
        )
    ]


def test_messages_of_another_conversation(look, chat, rating):
    (found,) = look(rule, rating(OTHER) | {"messages": chat()["messages"]}, "ratings")
    assert found.message == f"the messages are those of {chat()['id']}"


def test_withdrawn(look, chat, rating):
    record = rating(chat()["id"]) | {"messages": chat()["messages"]}
    (found,) = look(rule, record, "ratings", withdrawn={chat()["id"]})
    assert found.message == f"the conversation {chat()['id']} was withdrawn"


OTHER = "c-" + "1" * 32
