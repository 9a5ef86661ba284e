"""Has the candidate seen what is held out? Then it predicts that better than what it was trained on, which no honest one does.

Both are conversations of the same sources, on two sides of a hash: beside its base a model gains on what trained it at
least what it gains on what did not. Where it gains more on what is held out, beyond noise, it was trained on it. The
base itself may have been built from the training side and know it by heart, so its own lead there counts for nothing:
of the gain beside the base and the plain difference the less suspicious one counts.
Not covered: a candidate that was trained on both sides alike.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from selfsown.conversation import Conversation
from selfsown.rated import first_request
from selfsown_train.checks import FEWEST, Comparison, Draws, Values, draw_sums, group_sums
from selfsown_train.evaluate import Loss

_MOST = 200  # of either side


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the split: the losses of the candidate and of its base, per conversation, and what belongs together."""

    new: tuple[Loss, ...]
    base: tuple[Loss, ...]
    groups: tuple[str, ...]


def choose_seen(held_out: Sequence[Conversation], train: Sequence[Conversation]) -> tuple[Conversation, ...]:
    """Training conversations of the same sources as the held-out ones, one for each, chosen by their ids; at most _MOST."""
    by_source: dict[str, list[Conversation]] = defaultdict(list)
    for entry in sorted(train, key=lambda entry: hashlib.sha256(f"seen:{entry.id}".encode()).digest(), reverse=True):
        by_source[entry.source].append(entry)
    chosen = [by_source[entry.source].pop() for entry in held_out[:_MOST] if by_source[entry.source]]
    return tuple(sorted(chosen, key=lambda entry: entry.id))


def group_names(conversations: Sequence[Conversation]) -> tuple[str, ...]:
    """What each conversation belongs to: those that begin with the same request belong together."""
    return tuple(first_request(entry.turns) for entry in conversations)


def compare_sides(held_out: Side, seen: Side, draws: Draws) -> Comparison | None:
    """The gain on what is held out beside the gain on what was trained on, in nats per token (below zero: a gain).

    The difference is below zero where the candidate knows what is held out better. None where either side has fewer
    than FEWEST groups.
    """
    sums = [_sums(side) for side in (held_out, seen)]
    if min(found.shape[1] for found in sums) < FEWEST:
        return None
    ours, theirs = (_gain_and_level(found.sum(axis=1, keepdims=True)) for found in sums)
    drawn = [
        _gain_and_level(np.concatenate(list(draw_sums(found, Draws(draws.resamples, seed))), axis=1))
        for found, seed in zip(sums, (draws.seed, draws.seed + 1), strict=True)
    ]
    excess = np.maximum(*(drawn[0] - drawn[1]))
    difference = float(np.maximum(*(ours - theirs))[0])
    return Comparison(float(ours[0, 0]), float(theirs[0, 0]), difference, excess, len(held_out.new) + len(seen.new))


def _sums(side: Side) -> Values:
    new, base, tokens = (
        np.array(values, dtype=np.float64)
        for values in (
            [entry.nats for entry in side.new],
            [entry.nats for entry in side.base],
            [entry.tokens for entry in side.new],
        )
    )
    return group_sums(np.stack([new, base, tokens]), side.groups)


def _gain_and_level(sums: Values) -> Values:
    """Per draw: how far the loss lies from the base's, and where it lies, in nats per token."""
    new, base, tokens = sums
    return np.stack([(new - base) / tokens, new / tokens])
