"""What a calibration is fitted on: rated conversations, each with what the judge and the features said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from selfsown.calibration.acceptance import acceptance, decide_band
from selfsown.calibration.audit import is_audited
from selfsown.calibration.bands import Band
from selfsown.calibration.record import Audits, Calibration
from selfsown.judgement import Judgement, Unjudged
from selfsown.policy import JudgePolicy
from selfsown.rated import Opinion


@dataclass(frozen=True, slots=True)
class Sample:
    """One conversation that was rated and judged.

    `accepted` is what people say of it, `independent` what those say who are not its authors (None where they say nothing),
    the last of them on the day `since`. `group` is the same for conversations that begin alike.
    """

    judgement: Judgement
    features: Judgement | None
    accepted: bool
    independent: bool | None
    since: str
    group: str


def make_samples(
    opinions: Sequence[Opinion],
    answers: Mapping[str, Judgement | Unjudged],
    features: Mapping[str, Judgement | Unjudged],
    accepted: float,
) -> list[Sample]:
    """The samples among opinions, in their order. Conversations that the judge could not judge are left out.

    `answers` and `features` are by conversation id; from a mean rating of `accepted` on, people accept a conversation.
    """
    samples = []
    for said in opinions:
        judgement, beside = answers.get(said.conversation.id), features.get(said.conversation.id)
        if isinstance(judgement, Judgement):
            samples.append(
                Sample(
                    judgement,
                    beside if isinstance(beside, Judgement) else None,
                    said.score >= accepted,
                    None if said.independent is None else said.independent >= accepted,
                    said.since,
                    said.group,
                )
            )
    return samples


def count_audits(
    samples: Sequence[Sample], previous: Calibration | None, policy: JudgePolicy, key: bytes
) -> Audits | None:
    """How the blind ratings went that the calibration before this one drew. None without one of the same judge.

    Ratings from before its day are no audits: that calibration was made of them.
    """
    if previous is None or not samples or samples[0].judgement.judge != previous.judge:
        return None
    n = contrary = 0
    for sample in samples:
        name = sample.judgement.conversation
        drawn = is_audited(name, previous.digest, policy.audit_share, key)
        if sample.independent is None or sample.since < previous.created or not drawn:
            continue
        band = decide_band(acceptance(previous, sample.judgement, sample.features), previous, policy)
        if band is not Band.HUMAN:
            n += 1
            contrary += sample.independent != (band is Band.ACCEPT)
    return Audits(n, contrary)
