"""Which turn of a conversation is broken, and the conversation with another text in its place."""

from __future__ import annotations

import random
from dataclasses import replace

from selfsown.canonical import nfc
from selfsown.conversation import Conversation, Turn
from selfsown.corruption.kind import Broken

_LAST = 0.7  # how often the last answer is taken, where any would do: it is what people look at first


def last_answer(conversation: Conversation) -> int | None:
    """The index of the answer to the last request, or None where the conversation does not end with one."""
    turns = conversation.turns
    is_answered = len(turns) > 1 and turns[-1].role == "assistant" and turns[-2].role == "user"
    return len(turns) - 1 if is_answered and turns[-1].content.strip() else None


def some_answer(conversation: Conversation, dice: random.Random) -> int | None:
    """The index of an answer, mostly of the last one, or None where nobody answers."""
    found = answers(conversation)
    if not found:
        return None
    return found[-1] if dice.random() < _LAST else dice.choice(found)


def answers(conversation: Conversation) -> list[int]:
    """The indices of the turns in which the assistant answers a request."""
    turns = conversation.turns
    return [
        index
        for index in range(1, len(turns))
        if turns[index].role == "assistant" and turns[index - 1].role == "user" and turns[index].content.strip()
    ]


def with_text(conversation: Conversation, index: int, text: str) -> Broken | None:
    """The conversation beside itself with `text` as turn `index`; None where that is no change or no text."""
    turn = conversation.turns[index]
    clean = nfc(text.strip())
    if not clean or clean == turn.content:
        return None
    return Broken(conversation, with_turns(conversation, *replaced(conversation.turns, index, clean)))


def replaced(turns: tuple[Turn, ...], index: int, text: str) -> tuple[Turn, ...]:
    """The turns with another text at `index`."""
    return (*turns[:index], Turn(turns[index].role, text), *turns[index + 1 :])


def with_turns(conversation: Conversation, *turns: Turn) -> Conversation:
    """The same record with other turns."""
    return replace(conversation, turns=turns)
