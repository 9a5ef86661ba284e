"""Fitting curves: Platt on the score, isotonic on the score, or L2-logistic on the logits of all answers.

Sources: Platt 1999 (with his targets, which keep a separable set finite), Zadrozny & Elkan 2002 (isotonic). Needs the
extra `evaluate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from selfsown.calibration.record import SCORE, Curve, Method

Matrix: TypeAlias = npt.NDArray[np.float64]
Labels: TypeAlias = npt.NDArray[np.bool_]
Rows: TypeAlias = npt.NDArray[np.intp]

SEED = 0
_STRENGTH = (
    0.1  # of the logistic fit, as scikit-learn's C over standardised inputs: a strong pull, for there are few ratings
)
_WEAK = 1e4


def fit_curve(method: Method, names: Sequence[str], inputs: Matrix, accepted: Labels) -> Curve | None:
    """One curve. `inputs` is rows x names, of which `score` is one; None where the inputs cannot carry the method."""
    scores = inputs[:, list(names).index(SCORE)]
    match method:
        case Method.BASE_RATE:
            return Curve(method, intercept=base_logit(accepted))
        case Method.PLATT:
            return _fit_platt(scores, accepted)
        case Method.ISOTONIC:
            return _fit_isotonic(scores, accepted)
        case Method.LOGISTIC:
            kept = [index for index, name in enumerate(names) if name != SCORE]
            weighed = tuple(names[index] for index in kept)
            return _fit_logistic(weighed, inputs[:, kept], accepted) if kept else None


def base_logit(accepted: Labels) -> float:
    """The share of accepted ones as a logit, with one more on each side: no share is certain (Laplace)."""
    positives = float(np.sum(accepted))
    return float(np.log((positives + 1) / (len(accepted) - positives + 1)))


def split_groups(accepted: Labels, groups: Sequence[str], folds: int) -> list[tuple[Rows, Rows]]:
    """(rows to fit on, rows to predict) of each fold; a group is on one side, and both sides of the label are in each."""
    splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=SEED)
    return list(splitter.split(np.zeros((len(accepted), 1)), accepted, groups))


def least_groups(accepted: Labels, groups: Sequence[str]) -> int:
    """How many groups hold the label that is rarer by groups: more folds than that cannot all know both."""
    names = np.asarray(groups)
    return min(len(set(names[accepted])), len(set(names[~accepted])))


def _fit_platt(scores: Matrix, accepted: Labels) -> Curve:
    positives, n = int(accepted.sum()), len(accepted)
    targets = np.where(accepted, (positives + 1) / (positives + 2), 1 / (n - positives + 2))
    model = make_pipeline(StandardScaler(), LogisticRegression(C=_WEAK))
    twice, labels = np.tile(scores, 2)[:, None], np.repeat([1, 0], n)
    model.fit(twice, labels, logisticregression__sample_weight=np.concatenate([targets, 1 - targets]))
    return _as_sum(Method.PLATT, (SCORE,), model)


def _fit_isotonic(scores: Matrix, accepted: Labels) -> Curve | None:
    least = 1 / (len(accepted) + 2)
    model = IsotonicRegression(y_min=least, y_max=1 - least, out_of_bounds="clip").fit(scores, accepted.astype(float))
    knots = tuple(zip(model.X_thresholds_.tolist(), model.y_thresholds_.tolist(), strict=True))
    return Curve(Method.ISOTONIC, (SCORE,), knots=knots) if len(knots) > 1 else None


def _fit_logistic(names: tuple[str, ...], inputs: Matrix, accepted: Labels) -> Curve:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=_STRENGTH, max_iter=1000))
    return _as_sum(Method.LOGISTIC, names, model.fit(inputs, accepted.astype(int)))


def _as_sum(method: Method, names: tuple[str, ...], model: Any) -> Curve:
    """A fitted pipeline as weights of the inputs as they are."""
    scaler, logistic = model[0], model[1]
    weights = logistic.coef_[0] / scaler.scale_
    intercept = float(logistic.intercept_[0]) - float(weights @ scaler.mean_)
    return Curve(method, names, intercept, tuple(float(weight) for weight in weights))
