"""How good acceptance is: log loss, Brier score, and the expected calibration error over bins of equal mass.

Bins are filled in the order of the curve that was fitted on everything. Left-out promises would not do: where the scores are
equal, whoever was declined is promised a little more than whoever was accepted, because they were left out themselves.

With few ratings even a perfect acceptance shows an error, because shares of few conversations scatter; that error is
computed beside the measured one, so that nobody takes the one for the other. Needs the extra `evaluate`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import beta

from selfsown.calibration.curves import SEED, Labels, Matrix, Rows
from selfsown.calibration.record import Bin, Measured
from selfsown.evaluation.intervals import bootstrap_interval

BINS = 10
_RESAMPLES = 500
_LEAST = 1e-6


def mean_log_loss(promised: Matrix, accepted: Labels) -> float:
    """Nats per conversation."""
    kept = np.clip(promised, _LEAST, 1 - _LEAST)
    return float(-np.mean(np.where(accepted, np.log(kept), np.log1p(-kept))))


def reliability_bins(promised: Matrix, accepted: Labels, order: Matrix | None = None) -> tuple[Bin, ...]:
    """Up to ten bins of about as many conversations each, in that order (that of the promises where none is given)."""
    sizes, sums, shares = _fill_bins(_places(promised if order is None else order), promised, accepted)
    found = zip(sizes.tolist(), (sums / sizes).tolist(), (shares / sizes).tolist(), strict=True)
    return tuple(Bin(int(size), share, came) for size, share, came in found)


def calibration_error(promised: Matrix, accepted: Labels, order: Matrix | None = None) -> float:
    """Expected calibration error over these bins."""
    return _error(_places(promised if order is None else order), promised, accepted)


def expected_error(promised: Matrix, order: Matrix | None = None) -> float:
    """The error that such promises would show on average if each came true exactly as often as it says."""
    generator, places = np.random.default_rng(SEED), _places(promised if order is None else order)
    draws = (generator.random(len(promised)) < promised for _ in range(_RESAMPLES))
    return float(np.mean([_error(places, promised, came) for came in draws]))


def _places(order: Matrix) -> Rows:
    """The bin of each. Equal values share one: to part them would sort by what nobody meant, such as the file's order."""
    _, value, counts = np.unique(order, return_inverse=True, return_counts=True)
    middles = np.cumsum(counts) - counts / 2
    place = np.minimum((middles / len(order) * BINS).astype(np.intp), BINS - 1)[value]
    return np.unique(place, return_inverse=True)[1]


def _error(places: Rows, promised: Matrix, accepted: Labels) -> float:
    _, sums, shares = _fill_bins(places, promised, accepted)
    return float(np.abs(sums - shares).sum() / len(promised))


def _fill_bins(places: Rows, promised: Matrix, accepted: Labels) -> tuple[Matrix, Matrix, Matrix]:
    """Size, sum of promises and number accepted of each bin."""
    values = (np.ones_like(promised), promised, accepted.astype(np.float64))
    sizes, sums, shares = (np.bincount(places, weights=weights).astype(np.float64) for weights in values)
    return sizes, sums, shares


def measure(
    promised: Matrix, order: Matrix, accepted: Labels, groups: Sequence[str], losses: Mapping[str, float]
) -> Measured:
    """The measures of left-out promises; `order` is what the curve that was fitted on everything says."""
    error = bootstrap_interval(
        lambda rows: calibration_error(promised[rows], accepted[rows], order[rows]),
        len(promised),
        _RESAMPLES,
        clusters=groups,
    )
    return Measured(
        losses=losses,
        brier=float(np.mean((promised - accepted) ** 2)),
        ece=error.estimate,
        ece_low=min(error.low, error.estimate),  # drawing again adds an error of its own, and can leave none below
        ece_high=error.high,
        ece_expected=expected_error(promised, order),
        bins=reliability_bins(promised, accepted, order),
    )


def upper_bound(errors: int, n: int, confidence: float) -> float:
    """The one-sided upper bound of Clopper and Pearson on a share."""
    return 1.0 if errors >= n else float(beta.ppf(confidence, errors + 1, n - errors))
