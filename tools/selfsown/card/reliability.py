"""Calibration: is P(accept) what it says? Measured on conversations that neither the judge nor the curve was fitted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from selfsown.calibration.bands import least_ratings
from selfsown.calibration.fit import Origin, fit_calibration
from selfsown.calibration.record import Calibration
from selfsown.calibration.sample import make_samples
from selfsown.card.bench import Json
from selfsown.judgement import Judgement, Unjudged
from selfsown.policy import JudgePolicy
from selfsown.rated import Opinion

Answers = Mapping[str, Judgement | Unjudged]


def measure_reliability(
    opinions: Sequence[Opinion], answers: Answers, features: Answers, policy: JudgePolicy, origin: Origin
) -> Json:
    """A calibration fitted crosswise on these opinions. `answers` and `features` are by conversation."""
    samples = make_samples(opinions, answers, features, policy.accepted)
    return reliability_json(fit_calibration(samples, policy, origin), policy)


def reliability_json(found: Calibration, policy: JudgePolicy) -> Json:
    """What the card says of a calibration."""
    record = found.to_json()
    kept = ("judge", "n", "positives", "independent", "accept", "decline", "measured")
    return {
        "method": found.curve.method.value,
        **{name: record[name] for name in kept},
        "least": {
            "accept": least_ratings(0, policy.accept_risk, policy.confidence),
            "decline": least_ratings(0, policy.decline_risk, policy.confidence),
        },
        "risks": {"accept": policy.accept_risk, "decline": policy.decline_risk, "confidence": policy.confidence},
    }
