"""Acceptance: the calibrated probability that people accept a conversation. Arithmetic over one or two judgements."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

from selfsown.calibration.bands import Band, proves
from selfsown.calibration.record import FEATURES, JUDGE, OVERALL, SCORE, Calibration, Curve, Method
from selfsown.judgement import Judgement
from selfsown.policy import JudgePolicy

_LEAST = 1e-3  # a probability is no further from 0 and 1 than this: a logit has to stay finite
_MOST_EXPONENT = 500.0


def acceptance(calibration: Calibration, judgement: Judgement, features: Judgement | None) -> float | None:
    """The probability that people accept a conversation, from what the calibration's judge said of it.

    `features` is the answer of the features judge, where the calibration uses it. None where the calibration is not of
    these judges and this rubric, or a judgement does not answer what is weighed.
    """
    if (judgement.judge, judgement.rubric) != (calibration.judge, calibration.rubric):
        return None
    if calibration.features is not None and (features is None or features.judge != calibration.features):
        return None
    inputs = read_inputs(calibration.curve.inputs, judgement, features)
    return None if inputs is None else follow(calibration.curve, inputs)


def follow(curve: Curve, inputs: Sequence[float]) -> float:
    """The curve's value at its inputs, in their order."""
    if curve.method is Method.ISOTONIC:
        return _interpolate(curve.knots, inputs[0])
    weighed = (weight * value for weight, value in zip(curve.weights, inputs, strict=True))
    total = curve.intercept + math.fsum(weighed)
    return 1.0 / (1.0 + math.exp(min(max(-total, -_MOST_EXPONENT), _MOST_EXPONENT)))


def read_inputs(names: Sequence[str], judgement: Judgement, features: Judgement | None) -> list[float] | None:
    """What is weighed: the score as it is, every probability as its logit; None where one of them is missing."""
    values = [_read_input(name, judgement, features) for name in names]
    found = [value for value in values if value is not None]
    return found if len(found) == len(values) else None


def decide_band(acceptance: float | None, calibration: Calibration, policy: JudgePolicy) -> Band:
    """Where an acceptance lies. A band that today's policy would not call proved decides nothing."""
    if acceptance is None:
        return Band.HUMAN
    accept, decline = supported(calibration, policy)
    if accept and calibration.accept and acceptance >= calibration.accept.threshold:
        return Band.ACCEPT
    if decline and calibration.decline and acceptance <= calibration.decline.threshold:
        return Band.DECLINE
    return Band.HUMAN


def supported(calibration: Calibration, policy: JudgePolicy) -> tuple[bool, bool]:
    """Whether the accepting and the declining band are proved at the policy's risks, by its word for accepted."""
    found = (calibration.accept, policy.accept_risk), (calibration.decline, policy.decline_risk)
    same_words = calibration.accepted == policy.accepted
    accept, decline = (
        bool(support and same_words and proves(support.n, support.errors, risk, policy.confidence))
        for support, risk in found
    )
    return accept, decline


def _read_input(name: str, judgement: Judgement, features: Judgement | None) -> float | None:
    if name == SCORE:
        return judgement.score
    if name == JUDGE + OVERALL:
        return None if judgement.overall is None else _logit(judgement.overall / 10.0)
    answers = judgement if name.startswith(JUDGE) else features
    value = answers.criteria.get(name.removeprefix(JUDGE).removeprefix(FEATURES)) if answers else None
    return None if value is None else _logit(value)


def _logit(share: float) -> float:
    kept = min(max(share, _LEAST), 1.0 - _LEAST)
    return math.log(kept / (1.0 - kept))


def _interpolate(knots: Sequence[tuple[float, float]], at: float) -> float:
    place = bisect_right(knots, at, key=lambda knot: knot[0])
    if place in (0, len(knots)):
        return knots[0 if place == 0 else -1][1]
    (left, low), (right, high) = knots[place - 1], knots[place]
    return low + (high - low) * (at - left) / (right - left)
