"""How far scores may be trusted at a base, and what follows for one conversation. Pure.

Everything needs a person until a calibration of the very judge and rubric has a band that independent ratings prove, and
again as soon as the judge has lost its vote. What is in doubt lies in no band.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from selfsown.calibration.acceptance import acceptance, decide_band, supported
from selfsown.calibration.audit import is_audited
from selfsown.calibration.bands import Band
from selfsown.calibration.doubt import has_doubt
from selfsown.calibration.record import Calibration
from selfsown.judgement import Judgement, Unjudged
from selfsown.policy import JudgePolicy
from selfsown.vote import Vote

Answer = Judgement | Unjudged


class Hold(StrEnum):
    """Why no band decides anything."""

    NO_VOTE = "the judge has no vote"
    UNCALIBRATED = "not calibrated"
    ANOTHER_JUDGE = "calibrated for another judge"
    UNPROVED = "no band is proved"


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known at a base: how many conversations independent people rated, a calibration, the live judge's vote.

    `audit_key` makes the draw of blind audits something that nobody outside can compute; empty where there is none.
    """

    rated: int
    calibration: Calibration | None = None
    vote: Vote | None = None
    audit_key: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the answers for one conversation amount to."""

    acceptance: float | None
    band: Band
    is_audited: bool


def decide_hold(trust: Trust, answers: Iterable[Answer], policy: JudgePolicy) -> Hold | None:
    """Why no band decides, or None where one does."""
    judged = {(answer.judge, answer.rubric) for answer in answers if isinstance(answer, Judgement)}
    found = trust.calibration
    if trust.vote and not all(trust.vote.counts(judge) for judge, _ in judged):
        return Hold.NO_VOTE
    if found is None:
        return Hold.UNCALIBRATED
    if judged and (found.judge, found.rubric) not in judged:
        return Hold.ANOTHER_JUDGE
    return None if any(supported(found, policy)) else Hold.UNPROVED


def weigh(
    conversation: str,
    answers: Sequence[Answer],
    beside: Judgement | None,
    trust: Trust,
    hold: Hold | None,
    policy: JudgePolicy,
) -> Weighed:
    """Acceptance and band of one conversation, and whether it is drawn for a blind audit.

    `beside` is what the features say of it, also where they were not asked as a judge: their flags count.
    """
    found = trust.calibration
    share = _acceptance(found, answers, beside) if found else None
    if found is None or hold or has_doubt(answers, beside, policy.divided):
        return Weighed(share, Band.HUMAN, is_audited=False)
    band = decide_band(share, found, policy)
    drawn = band is not Band.HUMAN and is_audited(conversation, found.digest, policy.audit_share, trust.audit_key)
    return Weighed(share, band, drawn)


def _acceptance(calibration: Calibration, answers: Sequence[Answer], beside: Judgement | None) -> float | None:
    of_judge = (answer for answer in answers if isinstance(answer, Judgement) and answer.judge == calibration.judge)
    judgement = next(of_judge, None)
    return None if judgement is None else acceptance(calibration, judgement, beside)
