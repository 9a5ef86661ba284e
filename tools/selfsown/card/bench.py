"""What every part of the card is measured with: the judges, how much of each kind, and how intervals are made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from selfsown.conversation import Conversation
from selfsown.evaluation.answers import Acceptance
from selfsown.evaluation.comparison import Comparison
from selfsown.evaluation.evaluate import Evaluation, Settings, evaluate
from selfsown.judge import Judge
from selfsown.judge.cache import JudgementCache
from selfsown.judgement import Rubric

Item = TypeVar("Item")
Json: TypeAlias = dict[str, Any]
Show: TypeAlias = Callable[[Iterable[Any], str, int], Iterator[Any]]

TRIVIAL = ("longest", "shortest", "constant")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured. `turns` is the most turns of one human set; the rest are numbers of conversations.

    `broken` of the held-out side and `chats` of each file of chats are broken by every kind; `ordinary` of each file must
    not be flagged; `bad` and `good` are attacked by every family, `foreign` by every category of foreign texts.
    """

    turns: int = 8_000
    broken: int = 40
    chats: int = 8
    ordinary: int = 120
    bad: int = 25
    good: int = 8
    foreign: int = 4
    same: int = 24
    cost: int = 64
    seeds: int = 3


QUICK = Sizes(240, 4, 1, 5, 4, 2, 1, 4, 8, 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A judge under the name that it is asked for by; `acceptance` where this checkout has its calibration."""

    spec: str
    judge: Judge
    acceptance: Acceptance | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """`judges` are measured throughout, the trivial ones beside them on what people rated. `show` reports progress."""

    judges: tuple[Asked, ...]
    trivial: tuple[Asked, ...]
    rubric: Rubric
    settings: Settings
    sizes: Sizes
    show: Show
    cache: JudgementCache | None = None
    seed: int = 0

    def evaluate(self, items: Sequence[Comparison], what: str, judges: Sequence[Asked] = ()) -> dict[str, Evaluation]:
        """Every judge (or these) on comparisons, by name. What the cache knows is not asked again."""
        return {asked.spec: self._evaluate(asked, items, what) for asked in judges or self.judges}

    def _evaluate(self, asked: Asked, items: Sequence[Comparison], what: str) -> Evaluation:
        shown = self.show(items, f"{what}: {asked.spec}", len(items))
        cache = None if asked.spec in (*TRIVIAL, "features") else self.cache  # these cost less than a look in the cache
        return evaluate(asked.judge, shown, self.rubric, self.settings, cache, asked.acceptance)


def draw(conversations: Iterable[Conversation], most: int, seed: int) -> list[Conversation]:
    """At most so many conversations, each text once, chosen by a hash of id and seed."""
    found = {entry.id: entry for entry in conversations}
    ranked = sorted(found, key=lambda name: hashlib.sha256(f"card {seed} {name}".encode()).hexdigest())
    return [found[name] for name in ranked[:most]]


def measures_json(evaluation: Evaluation, names: Sequence[str]) -> Json:
    """Some of the measures as `{estimate, low, high, n}` each."""
    return {name: evaluation.measures[name].to_json() for name in names if name in evaluation.measures}


def groups_json(evaluations: Mapping[str, Evaluation], names: Sequence[str]) -> Json:
    """Some of the measures by judge: over everything, and by group."""
    return {
        spec: {
            "all": measures_json(found, names),
            "groups": {
                group: {name: values[name].to_json() for name in names if name in values}
                for group, values in found.groups.items()
            },
        }
        for spec, found in evaluations.items()
    }
