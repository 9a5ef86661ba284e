"""One comparison of a candidate with what it is held against: a difference, its interval, a threshold, and what follows.

Differences are paired (Miller 2411.00640): both models see the same conversations, and what belongs together (the same
first request) is drawn together. A *primary* check passes where its whole interval lies beyond the threshold, and so does
one that is only *told*; a *guard* fails only where its whole interval does, so that noise alone refuses nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from selfsown.evaluation.intervals import Interval, as_interval
from selfsown_train.agreement import over_pairs, pair_hits
from selfsown_train.diversity import measure_diversity, shared_lengths

Values: TypeAlias = npt.NDArray[np.float64]

FEWEST = 10  # of what is paired: resampling fewer sees too little doubt
_MOST_RESAMPLES = 2000  # of a statistic over pairs
_CHUNK = 1_000_000  # rows drawn at a time


class Role(StrEnum):
    """What a check is for."""

    PRIMARY = "primary"
    GUARD = "guard"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: both values, their difference with its interval, the threshold, and whether it passed and decides.

    `better` is "less" or "more"; `unit` is "nats per token" or "share"; `n` is how many conversations, answers or tasks
    it rests on.
    """

    name: str
    candidate: float
    incumbent: float
    difference: float
    low: float
    high: float
    threshold: float
    n: int
    passed: bool
    role: Role
    better: str
    unit: str

    @property
    def decides(self) -> bool:
        """Whether the verdict depends on it."""
        return self.role is not Role.TOLD

    def to_json(self) -> dict[str, Any]:
        """As the round file has it; numbers to six places."""
        values = {name: round(value, 6) if isinstance(value, float) else value for name, value in asdict(self).items()}
        return {**values, "role": str(self.role), "decides": self.decides}


@dataclass(frozen=True, slots=True)
class Draws:
    """How a bootstrap is drawn: how often, and from which seed."""

    resamples: int
    seed: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values of the same kind, their difference, that difference on resampled data, and how much it rests on."""

    candidate: float
    incumbent: float
    difference: float
    drawn: Values
    n: int


@dataclass(frozen=True, slots=True)
class Ask:
    """What a check asks: its name, from where on the difference counts, what for, and which way is better."""

    name: str
    threshold: float
    role: Role
    better: str = "more"
    unit: str = "share"


def decide_check(ask: Ask, found: Comparison, confidence: float) -> Check:
    """The check, by the two-sided percentile interval of that confidence (Efron & Tibshirani 1993)."""
    between = as_interval(found.difference, found.drawn, confidence)
    return Check(
        ask.name,
        found.candidate,
        found.incumbent,
        between.estimate,
        between.low,
        between.high,
        ask.threshold,
        found.n,
        bool(_is_passed(ask, between)),
        ask.role,
        ask.better,
        ask.unit,
    )


def _is_passed(ask: Ask, between: Interval) -> bool:
    is_proof_wanted = ask.role is not Role.GUARD
    if ask.better == "less":
        return between.high < ask.threshold if is_proof_wanted else between.low <= ask.threshold
    return between.low > ask.threshold if is_proof_wanted else between.high >= ask.threshold


def compare_ratio(new: Values, old: Values, weights: Values, groups: Sequence[Hashable], draws: Draws) -> Comparison:
    """Σ new / Σ weights beside Σ old / Σ weights, by a paired bootstrap that draws whole groups.

    Nats over tokens give a loss per token; ones for weights give a mean.
    """
    sums = group_sums(np.stack([new - old, weights]), groups)
    return Comparison(
        float(new.sum() / weights.sum()),
        float(old.sum() / weights.sum()),
        float((new - old).sum() / weights.sum()),
        np.concatenate([drawn[0] / drawn[1] for drawn in draw_sums(sums, draws)]),
        len(weights),
    )


def compare_means(
    new: Sequence[float], old: Sequence[float], draws: Draws, groups: Sequence[Hashable] = ()
) -> Comparison | None:
    """The means of two series, paired; None where fewer than FEWEST pairs have both values. No `groups`: each alone."""
    pairs = np.array([new, old], dtype=np.float64)
    kept = np.flatnonzero(np.isfinite(pairs).all(axis=0))
    if len(kept) < FEWEST:
        return None
    names = [groups[place] for place in kept.tolist()] if groups else kept.tolist()
    return compare_ratio(pairs[0, kept], pairs[1, kept], np.ones(len(kept)), names, draws)


def compare_pair_accuracy(
    new: Sequence[float], old: Sequence[float], human: Sequence[float], draws: Draws
) -> Comparison | None:
    """How often two judges rank two conversations as people do; None where people told too few pairs apart."""
    kept = np.isfinite(new) & np.isfinite(old)
    people = np.array(human)[kept]
    tables = [pair_hits(np.array(scores)[kept], people) for scores in (new, old)]
    if tables[0] is None or tables[1] is None:
        return None
    (ours, counts), (theirs, _) = tables[0], tables[1]
    everyone = np.arange(len(people))
    accuracy, beside = (over_pairs(hits, counts)(everyone) for hits in (ours, theirs))
    drawn = _draw_over_pairs(ours - theirs, counts, Draws(min(draws.resamples, _MOST_RESAMPLES), draws.seed))
    return Comparison(accuracy, beside, accuracy - beside, drawn, len(people))


def _draw_over_pairs(lead: Values, counts: Values, draws: Draws) -> Values:
    """The mean of `lead` over the pairs that count, of conversations drawn with replacement."""
    n = len(lead)
    found = []
    for rows in _draw_rows(n, draws):
        weights = np.zeros((len(rows), n))
        np.add.at(weights, (np.arange(len(rows))[:, None], rows), 1.0)
        pairs = ((weights @ counts) * weights).sum(axis=1)
        with np.errstate(invalid="ignore"):
            found.append(((weights @ lead) * weights).sum(axis=1) / pairs)
    return np.concatenate(found)


def compare_diversity(new: Sequence[str], old: Sequence[str], draws: Draws) -> Comparison | None:
    """The share of distinct wordings (4-grams) in two models' answers to the same requests, over as many words of each."""
    if len(new) < FEWEST:
        return None
    lengths = shared_lengths(new, old)
    ours, theirs = (measure_diversity(answers, lengths) for answers in (new, old))
    rows = np.stack([ours.distinct, ours.grams, theirs.distinct, theirs.grams])
    drawn = np.concatenate(list(draw_sums(rows, draws)), axis=1)
    shares = (ours.distinct_share(), theirs.distinct_share())
    lead = drawn[0] / drawn[1] - drawn[2] / drawn[3]
    return Comparison(*shares, shares[0] - shares[1], lead, len(new))


def group_sums(rows: Values, groups: Sequence[Hashable]) -> Values:
    """The sum of each row (series × items) over the items of each group (series × groups)."""
    places: Mapping[Hashable, int] = {name: place for place, name in enumerate(dict.fromkeys(groups))}
    at = np.array([places[name] for name in groups])
    return np.stack([np.bincount(at, weights=row, minlength=len(places)) for row in rows])


def draw_sums(sums: Values, draws: Draws) -> Iterator[Values]:
    """Totals of each series over groups drawn with replacement (series × some of the resamples), in bounded memory.

    The same number of groups and seed give the same draws.
    """
    for rows in _draw_rows(sums.shape[1], draws):
        yield sums[:, rows].sum(axis=2)


def _draw_rows(n: int, draws: Draws) -> Iterator[npt.NDArray[np.intp]]:
    generator = np.random.default_rng(draws.seed)
    step = max(1, _CHUNK // n)
    for start in range(0, draws.resamples, step):
        yield generator.integers(0, n, size=(min(step, draws.resamples - start), n))
