"""Conversations to screen, and the rulebook's own policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.corpus import Corpus
from selfsown.rulebook import Rulebook
from selfsown.screening import Screened, screen

pytest.importorskip("phonenumbers")
pytest.importorskip("stdnum")

TODAY = "2026-11-21"
EMPTY = Corpus()


def talk(*said: str) -> Conversation:
    turns = tuple(Turn("assistant" if place % 2 else "user", text) for place, text in enumerate(said))
    return Conversation(turns, "chat", "CC0-1.0", "2026-11-20")


@pytest.fixture(name="talk")
def make_talk() -> Callable[..., Conversation]:
    """`talk("hi", "hello")`: a conversation of the source `chat`."""
    return talk


@pytest.fixture
def look(rulebook: Rulebook) -> Callable[..., Screened]:
    """`look(conversation)`: what screening makes of it beside an empty corpus, or a given one."""
    return lambda conversation, corpus=EMPTY: screen(conversation, rulebook, corpus, TODAY)
