"""The chatbot's rating of its own conversation, and whose word counts: the model's once it has earned a vote.

Until the gate has shown that the live round's judge beats the trivial ones, the features decide and the model only says.
"""

from __future__ import annotations

from dataclasses import dataclass

from selfsown.judgement import Judgement, Unjudged
from selfsown.vote import Vote, render_vote


@dataclass(frozen=True, slots=True)
class SelfRating:
    """What the model says of its own conversation, what the features say, and the vote of the live round (None: no gate)."""

    own: Judgement | Unjudged
    features: Judgement | Unjudged
    vote: Vote | None

    @property
    def own_decides(self) -> bool:
        """Whether the model's word counts."""
        return self.vote is not None and self.vote.has_vote and self.vote.judge == self.own.judge

    @property
    def decides(self) -> Judgement | Unjudged:
        """The judgement that counts."""
        return self.own if self.own_decides else self.features

    @property
    def own_score(self) -> float | None:
        """What the model answered to the mission's question, out of ten; None where it could not say."""
        return round(rating_of(self.own), 1) if isinstance(self.own, Judgement) else None

    def is_enough(self, least: float) -> bool:
        """Whether the judgement that counts is at least this many of ten."""
        return isinstance(self.decides, Judgement) and rating_of(self.decides) >= least

    @property
    def why(self) -> str:
        """Why the model's own rating counts, or does not."""
        if self.vote is None:
            return "The gate has not measured this round."
        if self.vote.judge != self.own.judge:
            return "The gate has measured another judge: other weights, or on another kind of machine."
        return render_vote(self.vote)


def rating_of(judgement: Judgement) -> float:
    """The answer to the mission's question where it was asked, else the score of the criteria."""
    return judgement.score if judgement.overall is None else judgement.overall
