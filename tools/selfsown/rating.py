"""What a person said of a conversation: the labels a judge is trained, calibrated and measured on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from selfsown.canonical import content_id
from selfsown.conversation import Turn, read_turns

CRITERIA = ("answers", "form", "fair", "correction", "honest")
PULL = "pull/"  # where a rating was given, on a pull request: `pull/<number>`


@dataclass(frozen=True, slots=True)
class Rating:
    """One person's score (0 to 10), and what else they said: criteria as yes or no, and the reason in their words.

    A score alone is a rating: `criteria` has the questions that were answered, `reason` is "" where none was given.
    `turns` carries the conversation where it is not in the corpus (it was declined): without the text, a "no" would
    teach a judge nothing.
    """

    conversation: str
    score: float
    criteria: Mapping[str, bool]
    reason: str
    rater: str
    role: str
    where: str
    source: str
    created: str
    turns: tuple[Turn, ...] = ()

    @property
    def weighs_nothing(self) -> bool:
        """Whether it is what authors say of their own contribution: kept for the record, and counted by nobody."""
        return self.role == "author" and self.where.startswith(PULL)

    @property
    def id(self) -> str:
        """`r-…` over conversation, rater and where: one person has one rating of a conversation per place."""
        return rating_id(self.conversation, self.rater, self.where)

    def to_json(self) -> dict[str, Any]:
        """The record of a shard line."""
        record: dict[str, Any] = {
            "id": self.id,
            "conversation": self.conversation,
            "score": self.score,
            "rater": self.rater,
            "role": self.role,
            "where": self.where,
            "source": self.source,
            "created": self.created,
        }
        if self.criteria:
            record["criteria"] = dict(self.criteria)
        if self.reason:
            record["reason"] = self.reason
        if self.turns:
            record["messages"] = [turn.to_json() for turn in self.turns]
        return record


def rating_id(conversation: str, rater: str, where: str) -> str:
    """The id of a rating: who rated what, where."""
    return content_id("r", {"conversation": conversation, "rater": rater, "where": where})


def read_rating(record: Mapping[str, Any]) -> Rating:
    """A rating from a record that has passed the schema."""
    return Rating(
        conversation=record["conversation"],
        score=float(record["score"]),
        criteria=record.get("criteria", {}),
        reason=record.get("reason", ""),
        rater=record["rater"],
        role=record["role"],
        where=record["where"],
        source=record["source"],
        created=record["created"],
        turns=read_turns(record.get("messages", [])),
    )
