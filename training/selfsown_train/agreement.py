"""Pair accuracy: of two rated conversations that people told apart, how often a judge ranks them alike (a tie: half)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from selfsown.evaluation.intervals import Rows, Statistic

Values = npt.NDArray[np.float64]

FEWEST_PAIRS = 20


def pair_hits(scores: Sequence[float] | Values, human: Sequence[float] | Values) -> tuple[Values, Values] | None:
    """Two square tables over the conversations: how far each pair is ranked as people do (0, ½, 1), and whether it counts.

    None where people told fewer than FEWEST_PAIRS pairs apart.
    """
    told, said = (np.sign(np.subtract.outer(values, values)) for values in (np.asarray(human), np.asarray(scores)))
    counts = (told != 0).astype(np.float64)
    if np.count_nonzero(told) // 2 < FEWEST_PAIRS:
        return None
    return (said * told + 1) / 2 * counts, counts


def over_pairs(hits: Values, counts: Values) -> Statistic:
    """The mean of `hits` over the pairs that count, of the conversations at some rows (which may be drawn repeatedly)."""

    def mean(rows: Rows) -> float:
        weights = np.bincount(rows, minlength=len(counts)).astype(np.float64)
        pairs = weights @ counts @ weights
        return float(weights @ hits @ weights / pairs) if pairs else float("nan")

    return mean
