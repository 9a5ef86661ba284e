"""The measures, each from arrays to one number; nan where the data says nothing (one class only, a constant score).

Sources: Mann & Whitney 1947 (AUC), Spearman 1904, Kendall 1945 (tau-b), Cohen 1968 (quadratic weights), Naeini, Cooper &
Hauskrecht 2015 (expected calibration error).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import stats
from sklearn.metrics import cohen_kappa_score

Values: TypeAlias = npt.NDArray[np.float64]
Floats: TypeAlias = Sequence[float] | Values
Labels: TypeAlias = Sequence[bool] | Sequence[int] | npt.NDArray[np.bool_] | npt.NDArray[np.intp]

NAN = float("nan")


def auc(scores: Floats, labels: Labels) -> float:
    """How often an acceptable one (label true) scores above one that is not; a tie counts half.

    By ranks, because it is resampled a thousand times: `sklearn.metrics.roc_auc_score`, to which a test holds it, checks
    its arguments for much longer than it computes.
    """
    good = np.asarray(labels, dtype=bool)
    positives = int(good.sum())
    negatives = good.size - positives
    if not positives or not negatives:
        return NAN
    ranks = stats.rankdata(np.asarray(scores, dtype=np.float64))
    return float((ranks[good].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def pair_accuracy(a: Floats, b: Floats, better: Sequence[int] | npt.NDArray[np.intp]) -> float:
    """How often the better one of a pair has the higher score; the same score counts half.

    `better` is 1 where people prefer a, -1 where they prefer b and 0 where they see no difference: those do not count.
    """
    wanted = np.asarray(better)
    told_apart = wanted != 0
    if not told_apart.any():
        return NAN
    said = np.sign(np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64))
    return float(((said * wanted)[told_apart] + 1).mean() / 2)


def spearman(first: Floats, second: Floats) -> float:
    """Rank correlation."""
    return NAN if _is_constant(first) or _is_constant(second) else float(stats.spearmanr(first, second).statistic)


def kendall(first: Floats, second: Floats) -> float:
    """Kendall's tau-b."""
    return NAN if _is_constant(first) or _is_constant(second) else float(stats.kendalltau(first, second).statistic)


def quadratic_kappa(first: Sequence[int] | npt.NDArray[np.intp], second: Sequence[int] | npt.NDArray[np.intp]) -> float:
    """Agreement of two raters on levels (whole numbers) beyond chance, where being off by two weighs four times one."""
    levels = np.unique(np.concatenate([np.asarray(first), np.asarray(second)]))
    if levels.size < 2:
        return NAN
    # Every level between them counts, or the weights would be those of other distances.
    every = np.arange(levels[0], levels[-1] + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(cohen_kappa_score(first, second, labels=every, weights="quadratic"))


def to_levels(shares: Floats, levels: int) -> npt.NDArray[np.intp]:
    """Shares of a scale (0 to 1) as the nearest of its `levels`, 0 to levels - 1; the middle of two goes up."""
    steps = np.asarray(shares, dtype=np.float64) * (levels - 1)
    return np.clip(np.floor(steps + 0.5), 0, levels - 1).astype(np.intp)


def expected_calibration_error(probabilities: Floats, outcomes: Floats | Labels, bins: int = 10) -> float:
    """The mean distance between what was promised and what came true, over bins of equal width, weighted by their size."""
    found = reliability(probabilities, outcomes, bins)
    total = sum(size for size, _, _ in found)
    return sum(size * abs(promised - came) for size, promised, came in found) / total if total else NAN


def reliability(probabilities: Floats, outcomes: Floats | Labels, bins: int = 10) -> list[tuple[int, float, float]]:
    """(how many, mean probability, share that came true) of each bin of equal width that is not empty, in order."""
    promised, came = np.asarray(probabilities, dtype=np.float64), np.asarray(outcomes, dtype=np.float64)
    places = np.clip((promised * bins).astype(np.intp), 0, bins - 1)
    sizes = np.bincount(places, minlength=bins)
    sums = [np.bincount(places, weights=values, minlength=bins) for values in (promised, came)]
    return [
        (int(size), float(sums[0][place] / size), float(sums[1][place] / size))
        for place, size in enumerate(sizes)
        if size
    ]


def _is_constant(values: Floats) -> bool:
    array = np.asarray(values, dtype=np.float64)
    return array.size < 2 or bool((array == array[0]).all())
