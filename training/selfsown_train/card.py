"""What the card says of the offline judge beside its answers: what it was fitted on, what more ratings would bring, and what
it says of conversations that it was not fitted on. Heads are fitted in memory; nothing is written.
"""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from threadpoolctl import threadpool_limits

from selfsown.conversation import Conversation
from selfsown.evaluation.comparison import Rated, cluster_of
from selfsown.evaluation.metrics import auc
from selfsown.judge.prompt import OVERALL
from selfsown.judgement import Judgement, Rubric, Unjudged
from selfsown.rated import first_request
from selfsown_train.judge_examples import Example, examples_digest
from selfsown_train.offline.examples import people_examples
from selfsown_train.offline.fit import fit_head
from selfsown_train.offline.head import Head
from selfsown_train.offline.judge import as_judge
from selfsown_train.offline.measurements import Gauge, measure_one, names_of
from selfsown_train.offline.packaged import MINILM
from selfsown_train.offline.store import MeasurementStore
from selfsown_train.offline.terms import terms_within

RATINGS = (0, 50, 100, 200, 400, 600)
BY_LINE, BY_REQUEST = "random halves", "no request on both sides"
_FOLDS = 5
_MIDDLE = 0.5
_MODELS = {"meaning": MINILM, "steering": MINILM}

Numbers: TypeAlias = dict[str, tuple[float, ...]]
Show: TypeAlias = Callable[[Iterable[Any], str, int], Iterator[Any]]


@dataclass(frozen=True, slots=True)
class Material:
    """A head, what it was fitted on, and what measures."""

    head: Head
    own: Sequence[Example]
    gauges: tuple[Gauge, ...]
    store: MeasurementStore | None
    rubric: Rubric
    show: Show

    def measure(self, conversations: Iterable[Conversation], what: str) -> Numbers:
        """The measurements of conversations, each text once."""
        found = {entry.id: entry for entry in conversations}
        shown = self.show(found.items(), what, len(found))
        return {name: measure_one(entry, self.gauges, self.store) for name, entry in shown}

    def fit(self, examples: Sequence[Example], numbers: Numbers) -> Head:
        """A head over the same groups of measurements.

        On one thread: the matrices are small, and threads that wait for each other take most of the time.
        """
        with threadpool_limits(1):
            return fit_head(examples, numbers, self.rubric, terms_within(self.head.groups), probe=self.head.probe)


def describe_offline(head: Head, own: Sequence[Example]) -> dict[str, Any]:
    """The head's digest, what it was fitted on, and the models it needs with their licences.

    `is_own_alone` says whether its examples are those that our own corpus gives now, every one of them and no other.
    """
    models = {_MODELS[group].name: _MODELS[group] for group in head.groups if group in _MODELS}.values()
    return {
        "head": head.digest,
        "groups": list(head.groups),
        "terms": len(head.terms),
        "provenance": dict(head.provenance),
        "is_own_alone": head.provenance.get("examples_digest") == examples_digest(own),
        "models": [{"name": one.name, "license": one.license, "digest": one.digest} for one in models],
    }


def learn(material: Material, rated: Sequence[Rated], seeds: int) -> dict[str, Any]:
    """AUC on one half of `rated` of heads that got ratings of the other half, by how the halves were made.

    Each point is the mean over seeds, each with halves and ratings of its own; `spread` is the standard deviation.
    """
    own = material.measure(_conversations(material.own), "learning: our own corpus")
    numbers = own | material.measure((entry.conversation for entry in rated), "learning: rated by people")
    splits = {BY_LINE: [str(place) for place in range(len(rated))], BY_REQUEST: [cluster_of(one) for one in rated]}
    work = [(split, seed) for split in splits for seed in range(seeds)]
    without = material.fit(material.own, numbers)
    found: dict[str, dict[int, list[float]]] = {split: defaultdict(list) for split in splits}
    for split, seed in material.show(work, "learning: fits", len(work)):
        pool, test = halve(splits[split], seed)
        for ratings in [count for count in RATINGS if count <= len(pool)]:
            more = people_examples([rated[place] for place in pool[:ratings]])
            head = material.fit([*material.own, *more], numbers) if ratings else without
            found[split][ratings].append(_auc(head, [rated[place] for place in test], numbers))
    return {
        "seeds": seeds,
        "lines": len(rated),
        "splits": {
            split: [_point(ratings, values) for ratings, values in points.items()] for split, points in found.items()
        },
    }


def halve(groups: Sequence[str], seed: int) -> tuple[list[int], list[int]]:
    """Two halves of the places, those of a group in one of them; each in an order of its own."""
    draw = random.Random(f"halves {seed}")  # noqa: S311 - repeatable, not secret
    names = sorted(set(groups))
    draw.shuffle(names)
    members: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(groups):
        members[name].append(place)
    pool: list[int] = []
    test: list[int] = []
    for name in names:
        (pool if len(pool) <= len(test) else test).extend(members[name])
    draw.shuffle(pool)
    return pool, test


def cross_answers(
    material: Material, conversations: Sequence[Conversation], name: str
) -> dict[str, Judgement | Unjudged]:
    """What heads say of conversations that they were not fitted on, nor on any that begins alike; by conversation.

    `name` is the judge's id in the answers: they come from several heads.
    """
    numbers = material.measure(_conversations(material.own), "cross-fitting: our own corpus")
    answers: dict[str, Judgement | Unjudged] = {}
    for fold in material.show(range(_FOLDS), "cross-fitting: fits", _FOLDS):
        out = [entry for entry in conversations if _fold(entry) == fold]
        kept = [one for one in material.own if all(_fold(ask.conversation) != fold for ask in one.asks)]
        if not out:
            continue
        judge = as_judge(material.fit(kept, numbers), material.gauges, material.store)
        for answer in judge.judge(out, material.rubric):
            answers[answer.conversation] = replace(answer, judge=name)
    return answers


def _fold(conversation: Conversation) -> int:
    digest = hashlib.sha256(f"card {first_request(conversation.turns)}".encode()).hexdigest()
    return int(digest[:8], 16) % _FOLDS


def _conversations(examples: Iterable[Example]) -> Iterator[Conversation]:
    return (ask.conversation for one in examples for ask in one.asks)


def _auc(head: Head, rated: Sequence[Rated], numbers: Numbers) -> float:
    """By the answer to the mission's question: the score is ten times that share."""
    rows = [numbers[entry.conversation.id] for entry in rated]
    shares = head.answer(rows, names_of(head.groups))[OVERALL]
    return auc(shares, np.array([entry.share > _MIDDLE for entry in rated]))


def _point(ratings: int, values: Sequence[float]) -> dict[str, Any]:
    return {
        "ratings": ratings,
        "mean": round(float(np.mean(values)), 6),
        "spread": round(float(np.std(values)), 6),
        "values": [round(value, 6) for value in values],
    }
