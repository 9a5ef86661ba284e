"""One row of a review: a conversation, where it stands, what the rules, the judges and a calibration make of it. Pure.

A conversation that is drawn for a blind audit has a row that holds nothing of what was said of it: what is not there
cannot be shown by mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from selfsown.calibration.bands import Band
from selfsown.conversation import Conversation
from selfsown.finding import Finding
from selfsown.judgement import Judgement, Unjudged
from selfsown.other import Found, found_at, has_errors
from selfsown.policy import JudgePolicy
from selfsown.rules.rule import Entry
from selfsown.trust import Answer, Hold, Trust, Weighed, weigh

NO_JUDGE = "none"
NOT_ASKED = "not judged, because its record has errors"


class Recommendation(StrEnum):
    """What the judges make of one conversation, worst first."""

    AGAINST = "advise against"
    AUDIT = "audit"
    UNJUDGED = "unjudged"
    LOOK = "look"
    RECOMMEND = "recommend"


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation, where it stands, what every judge said of it, and what the rules found in it.

    `seen` are the features' flags, also where they were not asked as a judge. `acceptance` is the calibrated probability
    that people accept it, None where there is none.
    """

    id: str
    path: str
    line: int
    conversation: Conversation
    answers: tuple[Answer, ...]
    recommendation: Recommendation
    findings: tuple[Finding, ...]
    seen: tuple[str, ...] = ()
    acceptance: float | None = None
    band: Band = Band.HUMAN

    @property
    def score(self) -> float | None:
        """The lowest score out of ten that a judge gave; None where no judge could say."""
        return min((answer.score for answer in self.judgements), default=None)

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """The answers that carry a score."""
        return tuple(answer for answer in self.answers if isinstance(answer, Judgement))

    @property
    def flags(self) -> tuple[str, ...]:
        """What made any judge or the features doubt, each once."""
        return tuple(dict.fromkeys([*(flag for answer in self.judgements for flag in answer.flags), *self.seen]))

    @property
    def blocks(self) -> bool:
        """Whether a rule found an error in it."""
        return has_errors(self.findings)

    @property
    def needs_eyes(self) -> bool:
        """Whether there is more to say of it than that the judges recommend it."""
        return bool(self.findings) or self.recommendation is not Recommendation.RECOMMEND

    def to_json(self) -> dict[str, Any]:
        """The row for machines; the conversation itself stays in its shard."""
        return {
            "id": self.id,
            "path": self.path,
            "line": self.line,
            "recommendation": self.recommendation.value,
            "score": self.score,
            "acceptance": None if self.acceptance is None else round(self.acceptance, 4),
            "band": self.band.value,
            "flags": list(self.flags),
            "answers": [answer.to_json() for answer in self.answers],
            "findings": [finding.to_json() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Grounds:
    """What every row of a review is decided on: why no band decides (None: one does), and what is trusted."""

    trust: Trust
    hold: Hold | None
    policy: JudgePolicy


def make_row(
    entry: Entry,
    chat: Conversation,
    found: Found,
    answers: Sequence[Answer],
    beside: Judgement | None,
    grounds: Grounds,
) -> Row:
    """The row of a conversation. `beside` is what the features say of it."""
    findings = found_at(found, entry.path, entry.line)
    if has_errors(findings):
        said = (Unjudged(chat.id, NO_JUDGE, NOT_ASKED),)
        return Row(chat.id, entry.path, entry.line, chat, said, Recommendation.UNJUDGED, findings)
    weighed = weigh(chat.id, answers, beside, grounds.trust, grounds.hold, grounds.policy)
    if weighed.is_audited:
        return Row(chat.id, entry.path, entry.line, chat, (), Recommendation.AUDIT, findings)
    seen = beside.flags if beside else ()
    advice = _recommend(answers, bool(seen), weighed, grounds)
    return Row(
        chat.id, entry.path, entry.line, chat, tuple(answers), advice, findings, seen, weighed.acceptance, weighed.band
    )


def badness(row: Row) -> tuple[bool, int, float, str, int]:
    """The sort key of worst first: errors, then the recommendation, then the score, then the place."""
    return (not row.blocks, list(Recommendation).index(row.recommendation), row.score or 0.0, row.path, row.line)


def _recommend(answers: Sequence[Answer], is_seen: bool, weighed: Weighed, grounds: Grounds) -> Recommendation:
    """What a band says; outside of the bands, what the scores say, and no more than a look where a band could have said it.

    Judges that disagree, a flag, and a judge that could not say beside one that could all ask for a look.
    """
    judgements = [answer for answer in answers if isinstance(answer, Judgement)]
    if not judgements:
        return Recommendation.UNJUDGED
    if weighed.band is not Band.HUMAN:
        return Recommendation.RECOMMEND if weighed.band is Band.ACCEPT else Recommendation.AGAINST
    if all(answer.score <= grounds.policy.advise_against for answer in judgements):
        return Recommendation.AGAINST
    is_flagged = is_seen or any(answer.flags for answer in judgements)
    all_high = len(judgements) == len(answers) and all(it.score >= grounds.policy.recommend for it in judgements)
    is_sure = all_high and not is_flagged and grounds.hold is not None
    return Recommendation.RECOMMEND if is_sure else Recommendation.LOOK
