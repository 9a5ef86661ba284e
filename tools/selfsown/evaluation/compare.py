"""Is a judge better than another, beyond doubt? Both on the same lines, resampled together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from selfsown.evaluation.evaluate import Evaluation, Settings, draws_of
from selfsown.evaluation.intervals import Interval, as_interval
from selfsown.evaluation.measures import MEASURES

# Attack measures are no contest: a judge that recommends nothing cannot be attacked. Nor is what should be zero.
CONTESTS = tuple(measure for measure in MEASURES if measure.form != "attacked" and measure.better)


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a judge lies above another by one measure, on the `n` lines that both judged.

    `is_better` and `is_worse` say that the interval leaves no doubt.
    """

    measure: str
    beside: str
    interval: Interval
    n: int
    better: int

    @property
    def is_better(self) -> bool:
        """Whether the whole interval lies on the better side of zero."""
        return self.interval.low > 0 if self.better > 0 else self.interval.high < 0

    @property
    def is_worse(self) -> bool:
        """Whether the whole interval lies on the worse side of zero."""
        return self.interval.high < 0 if self.better > 0 else self.interval.low > 0

    def to_json(self) -> dict[str, Any]:
        """One flat object."""
        return {
            "measure": self.measure,
            "beside": self.beside,
            **self.interval.to_json(),
            "n": self.n,
            "is_better": self.is_better,
            "is_worse": self.is_worse,
        }


def compare(one: Evaluation, others: Mapping[str, Evaluation], settings: Settings) -> list[Difference]:
    """One judge beside others by name, measure by measure; where one of the two has no value there is no difference."""
    return [found for name, other in others.items() for found in _compare_two(one, name, other, settings)]


def hardest(differences: Sequence[Difference], measure: str) -> Difference | None:
    """Of one judge's differences by a measure, that beside the judge that does best."""
    having = [found for found in differences if found.measure == measure]
    return min(having, key=lambda found: found.better * found.interval.estimate, default=None)


def _compare_two(one: Evaluation, name: str, other: Evaluation, settings: Settings) -> Iterator[Difference]:
    for measure in CONTESTS:
        if measure.form not in one.answers.tables:
            continue
        tables = [entry.answers.tables[measure.form] for entry in (one, other)]
        kept = np.logical_and(*(measure.select(table, settings.recommend) for table in tables))
        if not kept.any():
            continue
        first, second = (measure.compute(table.take(kept), settings.recommend) for table in tables)
        if not np.isfinite(first) or not np.isfinite(second):
            continue
        draws = [draws_of(measure, table, kept, settings) for table in tables]
        interval = as_interval(first - second, draws[0] - draws[1], settings.confidence)
        yield Difference(measure.name, name, interval, int(kept.sum()), measure.better)
