"""What people (or whoever made the data) say of conversations: the lines of a file that a judge is held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from selfsown.conversation import Conversation, Turn
from selfsown.rated import first_request

OUT_OF_TEN = (0.0, 10.0)
_MOST_LEVELS = 21


@dataclass(frozen=True, slots=True)
class Rated:
    """A conversation with people's score, between the ends of `scale`."""

    id: str
    conversation: Conversation
    score: float
    scale: tuple[float, float] = OUT_OF_TEN
    group: str = ""

    @property
    def share(self) -> float:
        """The score as a share of its scale, 0 to 1."""
        low, high = self.scale
        return (self.score - low) / (high - low)

    @property
    def levels(self) -> int:
        """How many levels the scale has: whole steps, or eleven where it is not made of a few of them."""
        low, high = self.scale
        steps = high - low
        return int(steps) + 1 if steps.is_integer() and steps < _MOST_LEVELS else 11

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """What a judge is asked about."""
        return (self.conversation,)


@dataclass(frozen=True, slots=True)
class Paired:
    """Two conversations, usually with the same request; `better` is 1 for a, -1 for b, 0 for no difference."""

    id: str
    a: Conversation
    b: Conversation
    better: int
    group: str = ""

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """What a judge is asked about."""
        return (self.a, self.b)


@dataclass(frozen=True, slots=True)
class Attacked:
    """A conversation without and with an attack. A benign one has no `attacked`: it may not be flagged."""

    id: str
    without: Conversation
    attacked: Conversation | None
    family: str

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """What a judge is asked about."""
        return (self.without,) if self.attacked is None else (self.without, self.attacked)


Comparison: TypeAlias = Rated | Paired | Attacked


def make_conversation(turns: tuple[Turn, ...]) -> Conversation:
    """A conversation of which only the turns matter, as a judge wants it."""
    return Conversation(turns, "evaluation", "", "")


def cluster_of(comparison: Comparison) -> str:
    """The same for lines with the same first request: they are resampled together."""
    turns = comparison.conversations[0].turns
    return first_request(turns) if any(turn.role == "user" for turn in turns) else comparison.id
