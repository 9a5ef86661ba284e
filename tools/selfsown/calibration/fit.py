"""Fitting a calibration on ratings: the method by cross-fitted log loss, the bands on ratings of independent people alone.

Every figure, and every value that a band is found on, is for conversations that the curve was not fitted on; those that
begin alike stay together. The method is chosen by the same cross-fit that measures it, out of four: a little optimism,
stated here. Where ratings are too few or one-sided the base rate is all there is. Needs the extra `evaluate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from selfsown.calibration.acceptance import follow, read_inputs
from selfsown.calibration.bands import Support, find_threshold
from selfsown.calibration.curves import Labels, Matrix, Rows, fit_curve, least_groups, split_groups
from selfsown.calibration.doubt import has_doubt
from selfsown.calibration.measure import mean_log_loss, measure, upper_bound
from selfsown.calibration.record import FEATURES, JUDGE, OVERALL, SCORE, Audits, Calibration, Curve, Measured, Method
from selfsown.calibration.sample import Sample
from selfsown.errors import SelfsownError
from selfsown.policy import JudgePolicy

LEAST_RATINGS = 30
LEAST_GROUPS = 5  # of accepted and of declined conversations
_MOST_FOLDS = 10
_PLACES = 2


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the ratings came from: the commit, a digest over them, the day (YYYY-MM-DD)."""

    commit: str
    ratings: str
    created: str


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A curve, the values that bands are found on, and how good it was for what was left out; None with a base rate.

    A curve of the score alone keeps the order of the scores, so its own values do. Where many answers are weighed the order
    was learned: there they are those for left-out conversations, rounded, so that what was said of one conversation does
    not part it from others that were judged alike.
    """

    curve: Curve
    values: Matrix | None
    measured: Measured | None


@dataclass(frozen=True, slots=True)
class _Table:
    """Samples as arrays: `inputs` is samples x names."""

    names: tuple[str, ...]
    inputs: Matrix
    accepted: Labels
    groups: tuple[str, ...]


def fit_calibration(
    samples: Sequence[Sample], policy: JudgePolicy, origin: Origin, audits: Audits | None = None
) -> Calibration:
    """The calibration of the judge and rubric that the samples were judged by. Raises SelfsownError without any."""
    judge, rubric = _only_judge(samples)
    table = _read_table(samples)
    with threadpool_limits(limits=1):  # the fits are small: more threads would only wait for each other
        chosen = _choose(table)
    uses_features = any(name.startswith(FEATURES) for name in chosen.curve.inputs)
    accept, decline = _find_bands(samples, chosen, policy)
    return Calibration(
        judge=judge,
        rubric=rubric,
        features=samples[0].features.judge if uses_features and samples[0].features else None,
        curve=chosen.curve,
        accepted=policy.accepted,
        n=len(samples),
        positives=int(table.accepted.sum()),
        independent=sum(sample.independent is not None for sample in samples),
        accept=accept,
        decline=decline,
        measured=chosen.measured,
        audits=audits,
        commit=origin.commit,
        ratings=origin.ratings,
        created=origin.created,
    )


def _choose(table: _Table) -> _Chosen:
    """The method with the least cross-fitted log loss, fitted on everything; the base rate where there is too little."""
    folds = min(_MOST_FOLDS, least_groups(table.accepted, table.groups))
    everything = np.arange(len(table.accepted))
    if len(table.accepted) < LEAST_RATINGS or folds < LEAST_GROUPS:
        return _Chosen(_fit(Method.BASE_RATE, table, everything), None, None)
    promised = _cross_fit(table, folds)
    losses = {method.value: mean_log_loss(values, table.accepted) for method, values in promised.items()}
    best = min(promised, key=lambda method: losses[method.value])
    curve = _fit(best, table, everything)
    order = _follow(curve, table, everything)
    measured = measure(promised[best], order, table.accepted, table.groups, losses)
    is_of_score = curve.inputs == (SCORE,)
    return _Chosen(curve, order if is_of_score else np.round(promised[best], _PLACES), measured)


def _only_judge(samples: Sequence[Sample]) -> tuple[str, str]:
    judges = {(sample.judgement.judge, sample.judgement.rubric) for sample in samples}
    if len(judges) != 1:
        raise SelfsownError(
            f"there are ratings judged by {len(judges)} judges, and a calibration is of one",
            "rate conversations first (`/rate` on a pull request), or name a judge that can judge them",
        )
    return judges.pop()


def _read_table(samples: Sequence[Sample]) -> _Table:
    """Every input that all samples have; what is the same for all of them says nothing and is left out."""
    candidates = [SCORE, *(JUDGE + name for name in samples[0].judgement.criteria), JUDGE + OVERALL]
    beside = samples[0].features
    if beside is not None and beside.judge != samples[0].judgement.judge:
        candidates += [FEATURES + name for name in beside.criteria]
    columns: dict[str, list[float]] = {}
    for name in candidates:
        values = [read_inputs([name], sample.judgement, sample.features) for sample in samples]
        found = [value[0] for value in values if value is not None]
        if len(found) == len(samples) and (name == SCORE or len(set(found)) > 1):
            columns[name] = found
    accepted = np.array([sample.accepted for sample in samples], dtype=bool)
    inputs = np.array(list(columns.values()), dtype=np.float64).T
    return _Table(tuple(columns), inputs, accepted, tuple(sample.group for sample in samples))


def _cross_fit(table: _Table, folds: int) -> dict[Method, Matrix]:
    """What each method promises each conversation when fitted on the other folds; a method that cannot is left out."""
    splits = split_groups(table.accepted, table.groups, folds)
    found: dict[Method, Matrix] = {}
    for method in Method:
        curves = [_fit_or_none(method, table, rows) for rows, _ in splits]
        fitted = [curve for curve in curves if curve is not None]
        if len(fitted) == folds:
            found[method] = np.zeros(len(table.accepted))
            for curve, (_, held_out) in zip(fitted, splits, strict=True):
                found[method][held_out] = _follow(curve, table, held_out)
    return found


def _fit_or_none(method: Method, table: _Table, rows: Rows) -> Curve | None:
    return fit_curve(method, table.names, table.inputs[rows], table.accepted[rows])


def _fit(method: Method, table: _Table, rows: Rows) -> Curve:
    curve = _fit_or_none(method, table, rows)
    if curve is None:
        raise SelfsownError(
            f"the ratings carry no {method} curve", "rate conversations that the judge scores differently"
        )
    return curve


def _follow(curve: Curve, table: _Table, rows: Rows) -> Matrix:
    columns = [table.names.index(name) for name in curve.inputs]
    return np.array([follow(curve, [float(table.inputs[row, column]) for column in columns]) for row in rows])


def _find_bands(
    samples: Sequence[Sample], chosen: _Chosen, policy: JudgePolicy
) -> tuple[Support | None, Support | None]:
    """The accepting and the declining band, from ratings of independent people where nothing is in doubt."""
    if chosen.values is None or chosen.curve.method is Method.BASE_RATE:
        return None, None
    rated = [
        (float(value), sample.independent)
        for value, sample in zip(chosen.values, samples, strict=True)
        if sample.independent is not None and not has_doubt([sample.judgement], sample.features, policy.divided)
    ]
    declined = [(value, not is_accepted) for value, is_accepted in rated]
    accepted = [(-value, is_accepted) for value, is_accepted in rated]
    accept = _support(find_threshold(declined, policy.accept_risk, policy.confidence), 1, policy)
    decline = _support(find_threshold(accepted, policy.decline_risk, policy.confidence), -1, policy)
    overlap = accept and decline and accept.threshold <= decline.threshold
    return accept, None if overlap else decline


def _support(found: tuple[float, int, int] | None, sign: int, policy: JudgePolicy) -> Support | None:
    if found is None:
        return None
    value, n, errors = found
    return Support(sign * value, n, errors, upper_bound(errors, n, policy.confidence))
