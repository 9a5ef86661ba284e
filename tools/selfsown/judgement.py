"""What a judge is asked (Rubric) and what it says (Judgement, or Unjudged when it could not say)."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from selfsown.canonical import canonical_bytes
from selfsown.settings import load_record, load_toml

POINTS_PER_CRITERION = 2.0


@dataclass(frozen=True, slots=True)
class Criterion:
    """One yes/no question."""

    name: str
    question: str


@dataclass(frozen=True, slots=True)
class Rubric:
    """The mission's question and the yes/no criteria."""

    format: int
    question: str
    criteria: tuple[Criterion, ...]

    @property
    def digest(self) -> str:
        """Twelve hex digits over the wording: another wording is another rubric."""
        wording = [self.question, *([entry.name, entry.question] for entry in self.criteria)]
        return hashlib.sha256(canonical_bytes(wording)).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A score out of ten and how it came about.

    `criteria` maps each criterion to the probability of yes; `overall` is the answer to the mission's question out of
    ten, where the judge was asked it; `flags` are what made it doubt, in plain words; `coverage` is the share of the
    conversation's text that it has read, 0 to 1.
    """

    conversation: str
    judge: str
    rubric: str
    criteria: Mapping[str, float]
    overall: float | None = None
    flags: tuple[str, ...] = ()
    coverage: float = 1.0

    @property
    def score(self) -> float:
        """2 x the sum of the probabilities of yes, out of ten, rounded to four places.

        From the probabilities as they are written, so that a judgement from the cache has the score of the fresh one.
        """
        return round(POINTS_PER_CRITERION * sum(self._written().values()), 4)

    def to_json(self) -> dict[str, Any]:
        """As schema/judgement.schema.json has it."""
        partly = {} if self.coverage >= 1 else {"coverage": math.floor(self.coverage * 10_000) / 10_000}
        return {
            "type": "judgement",
            "conversation": self.conversation,
            "judge": self.judge,
            "rubric": self.rubric,
            "score": self.score,
            "criteria": self._written(),
            "overall": None if self.overall is None else round(self.overall, 4),
            "flags": list(self.flags),
            **partly,
        }

    def _written(self) -> dict[str, float]:
        return {name: round(value, 6) for name, value in self.criteria.items()}


@dataclass(frozen=True, slots=True)
class Unjudged:
    """The judge could not say, and why. Never a zero, never part of a mean.

    `retry` says that asking again later may well give an answer (an outage, a budget that is spent): the review waits
    for it. Without it a person reads the conversation instead.
    """

    conversation: str
    judge: str
    why: str
    retry: bool = False

    def to_json(self) -> dict[str, Any]:
        """As schema/judgement.schema.json has it."""
        return {
            "type": "unjudged",
            "conversation": self.conversation,
            "judge": self.judge,
            "why": self.why,
            "retry": self.retry,
        }


def load_rubric(text: str, place: str = "schema/rubric.toml") -> Rubric:
    """Read a rubric. Raises BadConfig on unknown or missing keys."""
    return load_record(Rubric, load_toml(text, place), place)


def read_judgement(record: Mapping[str, Any]) -> Judgement | Unjudged:
    """A judgement from a record that has passed the schema."""
    if record["type"] == "unjudged":
        return Unjudged(record["conversation"], record["judge"], record["why"], record.get("retry", False))
    return Judgement(
        conversation=record["conversation"],
        judge=record["judge"],
        rubric=record["rubric"],
        criteria=record["criteria"],
        overall=record["overall"],
        flags=tuple(record["flags"]),
        coverage=record.get("coverage", 1.0),
    )
