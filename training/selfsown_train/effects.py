"""What a round made of the data of each merge, measured beside the live round: see selfsown.effect, which tells it.

Before and after are two models, not the data alone: what was merged together trained together. What one source did is
asked apart (selfsown_train.influence). The held-out losses and the compared answers are those of the gate; only a sample
of what trained is measured for this, so the time is bounded whatever was merged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from selfsown.conversation import Conversation
from selfsown.corpus import known_ids
from selfsown.effect import Effect
from selfsown.errors import RepoError
from selfsown.evaluation.intervals import CONFIDENCE, Rows, bootstrap_interval
from selfsown.rated import first_request
from selfsown.repo import Repository
from selfsown_train.corpus import RoundData, known_before
from selfsown_train.evaluate import Loss, losses
from selfsown_train.measurement import Prompt, last_request
from selfsown_train.merged import read_arrivals
from selfsown_train.model import ChatModel
from selfsown_train.neighbours import find_neighbours
from selfsown_train.recipe import DataRecipe
from selfsown_train.report import Report
from selfsown_train.selection import hash_order

FEWEST = 3  # below it there is no interval, and no neighbourhood

_MOST_MERGES = 200  # the newest, as many as a round file takes
_MOST_OF_ONE, _MOST_MEASURED = 20, 600  # conversations that trained: of one merge, and in all


@dataclass(frozen=True, slots=True)
class Merge:
    """A commit of the main line and what the round took of the conversations it brought; `sample` is of those that train."""

    commit: str
    trained: int
    held_out: tuple[Conversation, ...]
    sample: tuple[Conversation, ...]


@dataclass(frozen=True, slots=True)
class Pairing:
    """The losses of the same conversations before and after, in the same order."""

    conversations: tuple[Conversation, ...]
    before: tuple[Loss, ...]
    after: tuple[Loss, ...]


def find_merges(
    repository: Repository, data: RoundData, recipe: DataRecipe, since: str | None
) -> tuple[Merge, ...] | None:
    """The merges whose conversations a round takes for the first time since a commit (None: ever), newest first.

    What waited in quarantine then counts now. None where this clone cannot tell, because its history was cut off.
    """
    train = {entry.id: entry for entry in data.train}
    taken = {**train, **{entry.id: entry for entry in data.held_out}}
    try:
        line = repository.line_of_commits(data.commit)
        known = known_before(repository, taken, recipe, since)
    except RepoError:
        return None
    paths = known_ids(repository.read_corpus(data.commit, "corpus/original"))
    came = read_arrivals(repository, data.commit, "corpus/original", paths)
    brought: dict[str, list[Conversation]] = defaultdict(list)
    for name in sorted(taken.keys() - known, key=hash_order):
        commit = came.get(name)
        if commit is not None:
            brought[commit].append(taken[name])
    newest = [commit for commit, _ in reversed(line) if commit in brought]
    newest = newest[:_MOST_MERGES]
    most = max(FEWEST, min(_MOST_OF_ONE, _MOST_MEASURED // max(1, len(newest))))
    return tuple(_merge(commit, brought[commit], train, most) for commit in newest)


def _merge(commit: str, brought: Sequence[Conversation], train: Mapping[str, Conversation], most: int) -> Merge:
    trained = tuple(entry for entry in brought if entry.id in train)
    return Merge(commit, len(trained), tuple(entry for entry in brought if entry.id not in train), trained[:most])


def sampled(merges: Sequence[Merge] | None) -> tuple[Conversation, ...]:
    """Everything that has to be measured for this, in the order of the merges."""
    return tuple(entry for merge in merges or () for entry in merge.sample)


def measure_sample(chat: ChatModel, merges: Sequence[Merge] | None, report: Report) -> tuple[Loss, ...]:
    """The losses of one model on what `sampled` gives."""
    return tuple(losses(chat, [entry.turns for entry in sampled(merges)], report, "effects"))


def describe_effects(
    merges: Sequence[Merge],
    own: Pairing,
    held_out: Pairing,
    preferred: Mapping[Prompt, float],
) -> list[Mapping[str, Any]]:
    """The effects as a round file has them, in the order of the merges.

    `own` pairs what `sampled` gave, `held_out` what the gate measured; `preferred` says per request that both models
    answered how far the live judge prefers the new answer (1, ½, 0; nan: it could not say).
    """
    asked = [entry for merge in merges for entry in _asked(merge)]
    places = iter(find_neighbours(asked, held_out.conversations) if asked else ())
    by_prompt = [preferred.get(last_request(entry.turns), float("nan")) for entry in held_out.conversations]
    effects: list[Mapping[str, Any]] = []
    start = 0
    for merge in merges:
        near = sorted({place for _ in _asked(merge) for place in next(places)})
        mine = range(start, start + len(merge.sample))
        start = mine.stop
        effect = Effect(
            merge.commit,
            merge.trained,
            len(merge.held_out),
            compare_losses(own, mine) if mine else None,
            compare_losses(held_out, near) if len(near) >= FEWEST else None,
            share_preferred([by_prompt[place] for place in near]),
        )
        effects.append(effect.to_json())
    return effects


def _asked(merge: Merge) -> tuple[Conversation, ...]:
    """What neighbours are looked for: of either side, as many as of the other at most."""
    return (*merge.sample, *merge.held_out[: max(FEWEST, len(merge.sample))])


def compare_losses(pairing: Pairing, places: Sequence[int]) -> dict[str, Any]:
    """{before, after, difference} in nats per token over the conversations at these places.

    The 95 % interval is a paired bootstrap over requests: conversations that begin alike are drawn together. Without
    FEWEST requests there is none (low and high are None).
    """
    before, after, tokens = _by_request(pairing, places)
    change = after - before

    def difference(rows: Rows) -> float:
        return float(change[rows].sum() / tokens[rows].sum())

    everything = np.arange(len(tokens))
    low = high = None
    if len(tokens) >= FEWEST:
        found = bootstrap_interval(difference, len(tokens))
        low, high = round(found.low, 6), round(found.high, 6)
    total = tokens.sum()
    return {
        "before": round(float(before.sum() / total), 6),
        "after": round(float(after.sum() / total), 6),
        "difference": {"value": round(difference(everything), 6), "low": low, "high": high, "n": len(places)},
    }


def _by_request(pairing: Pairing, places: Sequence[int]) -> Any:
    """Nats before, nats after, and tokens: (3, requests)."""
    sums: dict[str, Any] = defaultdict(lambda: np.zeros(3))
    for place in places:
        before, after = pairing.before[place], pairing.after[place]
        sums[first_request(pairing.conversations[place].turns)] += (before.nats, after.nats, before.tokens)
    return np.array(list(sums.values())).T


def share_preferred(values: Sequence[float]) -> dict[str, Any] | None:
    """The mean of what could be said, with Wilson's 95 % interval (1927), which doubts a few equal answers too."""
    said = [value for value in values if isfinite(value)]
    if len(said) < FEWEST:
        return None
    n, share = len(said), sum(said) / len(said)
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return {
        "value": round(share, 6),
        "low": round(max(0.0, middle - half), 6),
        "high": round(min(1.0, middle + half), 6),
        "n": n,
    }
