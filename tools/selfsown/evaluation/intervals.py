"""Percentile bootstrap intervals (Efron & Tibshirani 1993). What belongs together is resampled together.

Answers to one request resemble each other: with `clusters` whole requests are drawn, not single answers (Field & Welsh
2007), or the interval would be too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import stats

Rows: TypeAlias = npt.NDArray[np.intp]
Statistic: TypeAlias = Callable[[Rows], float]

RESAMPLES = 1000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the bounds of its two-sided interval; nan where the data says nothing."""

    estimate: float
    low: float
    high: float

    def to_json(self) -> dict[str, float | None]:
        """Six places; null where there is no value."""
        values = {"estimate": self.estimate, "low": self.low, "high": self.high}
        return {name: round(value, 6) if np.isfinite(value) else None for name, value in values.items()}


def bootstrap_interval(
    statistic: Statistic,
    n: int,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
    clusters: Sequence[Hashable] | None = None,
) -> Interval:
    """The interval of a statistic over `n` conversations (or pairs).

    `statistic` takes an array of row numbers, some of them several times, and returns one number. `clusters` names for
    each row what it belongs to. The same `n`, `seed` and `clusters` give the same draws: differences are paired.
    """
    if not n:
        return Interval(*[float("nan")] * 3)
    draws = np.array([statistic(rows) for rows in draw_rows(n, resamples, seed, clusters)], dtype=np.float64)
    return as_interval(statistic(np.arange(n)), draws, confidence)


def as_interval(estimate: float, draws: npt.NDArray[np.float64], confidence: float = CONFIDENCE) -> Interval:
    """The percentile interval from the values of a statistic on resampled data; draws that say nothing do not count."""
    finite = draws[np.isfinite(draws)]
    if not finite.size or not np.isfinite(estimate):
        return Interval(float(estimate), float("nan"), float("nan"))
    tail = (1.0 - confidence) / 2
    low, high = np.quantile(finite, [tail, 1.0 - tail])
    return Interval(float(estimate), float(low), float(high))


def all_or_none_interval(share: float, n: int, confidence: float = CONFIDENCE) -> Interval:
    """The exact interval (Clopper & Pearson 1934) of a share of 0 or 1 among `n`: resampling sees no doubt in them."""
    found = stats.binomtest(round(share * n), n).proportion_ci(confidence, method="exact")
    return Interval(share, float(found.low), float(found.high))


def draw_rows(n: int, resamples: int, seed: int, clusters: Sequence[Hashable] | None = None) -> Iterator[Rows]:
    """`resamples` arrays of row numbers, drawn with replacement, a cluster at a time."""
    generator = np.random.default_rng(seed)
    members = _members(n, clusters)
    for _ in range(resamples):
        drawn = generator.integers(0, len(members), size=len(members))
        yield drawn if len(members) == n else np.concatenate([members[cluster] for cluster in drawn])


def _members(n: int, clusters: Sequence[Hashable] | None) -> list[Rows]:
    if clusters is None:
        return [np.array([row]) for row in range(n)]
    found: dict[Hashable, list[int]] = {}
    for row, cluster in enumerate(clusters):
        found.setdefault(cluster, []).append(row)
    return [np.array(rows) for rows in found.values()]
