"""The outbox: every step, every refusal, and that each step again changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from selfsown.consent import Consent
from selfsown.conversation import Conversation, Turn
from selfsown.judgement import Judgement
from selfsown.outbox.entry import State
from selfsown.outbox.store import Outbox
from selfsown.self_rating import SelfRating

YES = Consent(publish=True, train=True, day="2026-01-01")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Screening:
    conversation: Conversation
    kinds: tuple[str, ...] = ()
    refusal: str = ""


def chat(text="Hi") -> Conversation:
    return Conversation((Turn("user", text), Turn("assistant", "Hello.")), "chat", "CC0-1.0", "2026-01-01")


def rating(score=9.0, own=8.0) -> SelfRating:
    return SelfRating(
        Judgement("c-1", "model", "r", {}, overall=own),
        Judgement("c-1", "features", "r", {}, overall=score, flags=("short",)),
        None,
    )


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def outbox(tmp_path, clock):
    with Outbox(tmp_path / "outbox.db", clock) as opened:
        yield opened


def screened(outbox: Outbox, text="Hi", masked="Hi [name]") -> str:
    key = outbox.keep(None, chat(text), YES)
    outbox.end(key)
    outbox.rate(key, rating(), 7)
    outbox.screen(key, Screening(chat(masked), ("name",)))
    return key


def test_a_life(outbox):
    key = screened(outbox)
    entry = outbox.read(key)
    assert (entry.state, entry.rating, entry.judge, entry.flags) == (State.SCREENED, 9.0, "features", ("short",))
    assert entry.conversation.turns == chat("Hi [name]").turns
    assert entry.conversation.self_rating == 8.0
    assert entry.conversation.ext == YES.to_ext()
    outbox.plan("submit/chat-1", [key])
    assert outbox.read(key).published == chat("Hi [name]").id
    outbox.submit("submit/chat-1", 7)
    assert (outbox.read(key).state, outbox.read(key).pull) == (State.SUBMITTED, 7)
    outbox.merge(key)
    entry = outbox.read(key)
    assert (entry.state, entry.conversation, entry.published) == (State.MERGED, None, chat("Hi [name]").id)
