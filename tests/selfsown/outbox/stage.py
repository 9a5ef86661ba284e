"""A clock of its own for an outbox, and conversations on their way through it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from selfsown.consent import Consent
from selfsown.conversation import Conversation, Turn
from selfsown.judgement import Judgement
from selfsown.outbox.store import Outbox
from selfsown.self_rating import SelfRating

YES = Consent(publish=True, train=True, day="2026-01-01")
LEAST = 7.0


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class Screening:
    """What screening hands over."""

    conversation: Conversation
    kinds: tuple[str, ...] = ()
    refusal: str = ""


def chat(*texts: str) -> Conversation:
    """A conversation of these turns, the first by the user."""
    turns = tuple(Turn(("user", "assistant")[index % 2], text) for index, text in enumerate(texts))
    return Conversation(turns, "chat", "CC0-1.0", "2026-01-01")


def rating(score: float = 9.0, own: float = 8.0) -> SelfRating:
    """The features decide; the model says `own`."""
    return SelfRating(
        Judgement("c-1", "model", "r", {}, overall=own),
        Judgement("c-1", "features", "r", {}, overall=score, flags=("short",)),
        None,
    )


def screened(outbox: Outbox, *texts: str) -> str:
    """A conversation on its way up to screened; its key."""
    key = outbox.keep(None, chat(*texts), YES)
    outbox.end(key)
    outbox.rate(key, rating(), LEAST)
    outbox.screen(key, Screening(chat(*texts)))
    return key


def bytes_of(folder: Path) -> bytes:
    """Every byte of the outbox's files."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("outbox.db*")))
