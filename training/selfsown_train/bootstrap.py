"""Paired bootstrap intervals: the same conversations under two models, resampled together (Efron & Tibshirani 1993)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the bounds of its two-sided percentile interval."""

    estimate: float
    low: float
    high: float


def bootstrap(
    statistic: Callable[[npt.NDArray[np.intp]], Values], n: int, resamples: int, confidence: float, seed: int
) -> Interval:
    """The interval of a statistic over `n` items.

    `statistic` takes an array of item indices of shape (resamples, n) and returns one value per row.
    """
    generator = np.random.default_rng(seed)
    estimate = float(statistic(np.arange(n)[None, :])[0])
    draws = statistic(generator.integers(0, n, size=(resamples, n)))
    tail = (1.0 - confidence) / 2
    low, high = np.quantile(draws[np.isfinite(draws)], [tail, 1.0 - tail])
    return Interval(estimate, float(low), float(high))
