"""What base-level instruction tuning did: the loss on held-out instructions before and after, with a paired interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from selfsown.conversation import conversation_id
from selfsown.evaluation.intervals import Interval, Rows, bootstrap_interval
from selfsown_train.base_model import MadeBase, gather_ingredients, start_base
from selfsown_train.corpus import RoundData
from selfsown_train.evaluate import Loss, losses
from selfsown_train.instructions import request_of
from selfsown_train.model import load_base
from selfsown_train.registry import locate
from selfsown_train.report import Report
from selfsown_train.rounds import Workshop

_MOST_MEASURED = 120  # rows, the first by id, which is a hash: enough for a paired difference of 0.01 nats


@dataclass(frozen=True, slots=True)
class Tuning:
    """Nats per token of the answers of `n` held-out rows before and after, and the interval of the difference."""

    n: int
    before: float
    after: float
    difference: Interval


def measure_tuning(workshop: Workshop, data: RoundData, made: MadeBase, report: Report) -> Tuning | None:
    """Measure a base that was made here beside what it began as; None where no row is held out."""
    recipe = workshop.recipe
    parts = gather_ingredients(workshop, data)
    rows = sorted(parts.instructions.held_out, key=conversation_id)[:_MOST_MEASURED]
    if not rows:
        return None
    before = losses(start_base(workshop, parts), rows, report)
    after = losses(load_base(locate(made.base, workshop.cache), recipe.base.context), rows, report)
    return compare_losses(before, after, [request_of(row) for row in rows], recipe.gate.resamples, recipe.seed)


def compare_losses(
    before: Sequence[Loss], after: Sequence[Loss], requests: Sequence[str], resamples: int, seed: int
) -> Tuning:
    """Paired by row; answers to one request are drawn together."""
    tokens = np.array([entry.tokens for entry in before], dtype=np.float64)
    fell = np.array([new.nats - old.nats for new, old in zip(after, before, strict=True)])

    def difference(rows: Rows) -> float:
        return float(fell[rows].sum() / tokens[rows].sum())

    interval = bootstrap_interval(difference, len(tokens), resamples, seed=seed, clusters=requests)
    old, new = (sum(entry.nats for entry in side) / float(tokens.sum()) for side in (before, after))
    return Tuning(len(tokens), old, new, interval)
