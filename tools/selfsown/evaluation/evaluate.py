"""One judge on one set of comparisons: every measure with its interval, by group and family, and what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from selfsown.evaluation import metrics
from selfsown.evaluation.answers import Acceptance, Answers, Table, ask
from selfsown.evaluation.comparison import Comparison
from selfsown.evaluation.intervals import (
    CONFIDENCE,
    RESAMPLES,
    Interval,
    all_or_none_interval,
    as_interval,
    bootstrap_interval,
    draw_rows,
)
from selfsown.evaluation.measures import MEASURES, Mask, Measure, gives_acceptance, is_acceptable, probability
from selfsown.evaluation.metrics import NAN, Values
from selfsown.judge import Judge
from selfsown.judge.cache import JudgementCache
from selfsown.judgement import Rubric

MOST_GROUPS = 40
MOST_REASONS = 5
_ENOUGH_CALLS = 3


@dataclass(frozen=True, slots=True)
class Settings:
    """How intervals are made, and the score from which a review recommends (policy.judge.recommend)."""

    recommend: float
    resamples: int = RESAMPLES
    confidence: float = CONFIDENCE
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Measurement:
    """The value of a measure, its interval, and how many lines it rests on."""

    interval: Interval
    n: int

    def to_json(self) -> dict[str, Any]:
        """One flat object."""
        return {**self.interval.to_json(), "n": self.n}


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of the reliability diagram: how many, what was promised on average, and the share that came true."""

    n: int
    promised: float
    came: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What `selfsown judge evaluate` says of one judge on one file.

    `measures` are those of the forms that the file has; `groups` maps group (or attack family) to its own.
    `probability` says what `bins` and the calibration error are about: "acceptance" or "score/10".
    `seconds` are those per 1,000 conversations, nan where the cache knew (nearly) all; `memory` is in bytes or None.
    """

    judge: str
    conversations: int
    not_judged: Measurement
    reasons: Mapping[str, int]
    measures: Mapping[str, Measurement]
    groups: Mapping[str, Mapping[str, Measurement]]
    probability: str
    bins: tuple[Bin, ...]
    seconds: Measurement
    memory: int | None
    answers: Answers = field(repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """As docs/evaluation.md has it."""
        return {
            "judge": self.judge,
            "conversations": self.conversations,
            "not_judged": self.not_judged.to_json(),
            "reasons": dict(self.reasons),
            "measures": {name: found.to_json() for name, found in self.measures.items()},
            "groups": {
                group: {name: one.to_json() for name, one in found.items()} for group, found in self.groups.items()
            },
            "probability": self.probability,
            "reliability": [
                {"n": one.n, "promised": round(one.promised, 6), "came": round(one.came, 6)} for one in self.bins
            ],
            "seconds_per_1000": self.seconds.to_json(),
            "peak_bytes": self.memory,
        }


def evaluate(
    judge: Judge,
    comparisons: Iterable[Comparison],
    rubric: Rubric,
    settings: Settings,
    cache: JudgementCache | None = None,
    acceptance: Acceptance | None = None,
) -> Evaluation:
    """Ask a judge about every comparison and measure its answers. The judge is asked what the cache does not know."""
    return measure_answers(ask(judge, comparisons, rubric, cache, acceptance), settings)


def measure_answers(answers: Answers, settings: Settings, memory: int | None = None) -> Evaluation:
    """The measures of what a judge said."""
    measures: dict[str, Measurement] = {}
    groups: dict[str, dict[str, Measurement]] = {}
    for table in answers.tables.values():
        measures |= _measure(table, settings)
        for name in _largest_groups(table):
            part = table.take(np.array([group == name for group in table.groups]))
            groups.setdefault(name, {}).update(_measure(part, settings))
    rated = answers.tables.get("rated")
    return Evaluation(
        judge=answers.judge,
        conversations=answers.conversations,
        not_judged=_not_judged(answers, settings),
        reasons=dict(answers.unjudged.most_common(MOST_REASONS)),
        measures=measures,
        groups=groups,
        probability="acceptance" if rated and gives_acceptance(rated) else "score/10",
        bins=_bins(rated) if rated else (),
        seconds=_seconds(answers, settings),
        memory=memory,
        answers=answers,
    )


def draws_of(measure: Measure, table: Table, kept: Mask, settings: Settings) -> Values:
    """The values of a measure on resampled rows: the same draws for every judge of the same rows."""
    key = (measure.name, kept.tobytes(), settings)
    if key not in table.memo:
        part = table.take(kept)
        rows = draw_rows(len(part.truth), settings.resamples, settings.seed, part.clusters)
        table.memo[key] = np.array([measure.compute(part.draw(drawn), settings.recommend) for drawn in rows])
    return table.memo[key]


def _measure(table: Table, settings: Settings) -> dict[str, Measurement]:
    """Every measure of the table's form."""
    return {measure.name: _measure_one(measure, table, settings) for measure in MEASURES if measure.form == table.form}


def _measure_one(measure: Measure, table: Table, settings: Settings) -> Measurement:
    kept = measure.select(table, settings.recommend)
    n = int(kept.sum())
    estimate = measure.compute(table.take(kept), settings.recommend) if n else NAN
    if not np.isfinite(estimate):
        return Measurement(Interval(NAN, NAN, NAN), n)
    if measure.is_share and estimate in (0.0, 1.0):
        # What resembles each other counts once: as many independent lines as there are requests.
        requests = len(set(table.take(kept).clusters))
        return Measurement(all_or_none_interval(estimate, requests, settings.confidence), n)
    draws = draws_of(measure, table, kept, settings)
    return Measurement(as_interval(estimate, draws, settings.confidence), n)


def _largest_groups(table: Table) -> list[str]:
    """The groups that lines name, by name; of very many the largest."""
    counts = Counter(group for group in table.groups if group)
    return sorted(name for name, _ in counts.most_common(MOST_GROUPS))


def _not_judged(answers: Answers, settings: Settings) -> Measurement:
    n, missing = answers.conversations, answers.unjudged.total()
    if missing in (0, n):
        return Measurement(all_or_none_interval(float(missing > 0), n, settings.confidence), n)
    is_missing = np.arange(n) < missing
    interval = bootstrap_interval(
        lambda rows: float(is_missing[rows].mean()), n, settings.resamples, settings.confidence, settings.seed
    )
    return Measurement(interval, n)


def _bins(table: Table) -> tuple[Bin, ...]:
    judged = table.take(table.is_judged)
    return tuple(Bin(*entry) for entry in metrics.reliability(probability(judged), is_acceptable(judged)))


def _seconds(answers: Answers, settings: Settings) -> Measurement:
    """Per 1,000 conversations, resampled by call: one call is one batch."""
    sizes, times = (np.array(values, dtype=np.float64) for values in zip(*answers.calls or [(0, 0.0)], strict=True))
    if len(sizes) < _ENOUGH_CALLS:
        return Measurement(Interval(NAN, NAN, NAN), int(sizes.sum()))
    interval = bootstrap_interval(
        lambda rows: float(1000 * times[rows].sum() / sizes[rows].sum()),
        len(sizes),
        settings.resamples,
        settings.confidence,
        settings.seed,
    )
    return Measurement(interval, int(sizes.sum()))
