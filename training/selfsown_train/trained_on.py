"""Which rounds were trained on records: exactly where it can be known, and said to be unknown where it cannot. No torch here.

A round file names a commit of the corpus and digests of what was taken there. Reading that commit again by the recipe of
the round gives the ids; where the digests are the same, they are the ids. Where the commit is not in this clone, or other
ids come out, a round may have taken whatever the corpus had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from selfsown.corpus import known_ids
from selfsown.errors import SelfsownError
from selfsown.repo import Repository
from selfsown.round import Round, State
from selfsown_train.corpus import RoundData, read_round_data
from selfsown_train.recipe import recipe_of_round

MAYBE = "maybe"


@dataclass(frozen=True, slots=True)
class Use:
    """A round that took some of the records, and where what it learned from them lies.

    `roles` maps how they were used ("trained", "preference pairs", "judge", "measured" with, or "maybe") to their ids; of
    a round that may have taken any, the ids are empty where even that is not known. `models` are (what, digest).
    `registry` is where they were pushed: place to commit.
    """

    round: int
    state: str
    is_live: bool
    roles: Mapping[str, tuple[str, ...]]
    models: tuple[tuple[str, str], ...]
    registry: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_sure(self) -> bool:
        """Whether it is known, and not only possible."""
        return MAYBE not in self.roles

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "round": self.round,
            "state": self.state,
            "is_live": self.is_live,
            "is_sure": self.is_sure,
            "roles": {role: list(names) for role, names in self.roles.items()},
            "models": [{"what": what, "digest": digest} for what, digest in self.models],
            "registry": dict(self.registry),
        }


def find_uses(repository: Repository, rounds: Iterable[Round], live: int | None, names: Set[str]) -> Iterator[Use]:
    """The trained rounds that took, or may have taken, any of these records; oldest first."""
    for entry in rounds:
        if entry.state is State.PLANNED:
            continue
        roles = _read_roles(repository, entry, names)
        if roles:
            models = tuple(_name_models(entry, roles))
            yield Use(entry.number, str(entry.state), entry.number == live, roles, models, entry.registry or {})


def _read_roles(repository: Repository, entry: Round, names: Set[str]) -> dict[str, tuple[str, ...]]:
    corpus = entry.plan["corpus"]
    try:
        there = names & known_ids(repository.read_corpus(corpus["commit"], "corpus")).keys()
        if not there:
            return {}
        recipe = entry.plan["recipe"]
        data = read_round_data(repository, corpus["commit"], recipe_of_round(recipe["values"], recipe["name"]).data)
    except SelfsownError:
        # The commit is not in this clone any more, or its corpus does not read as it did.
        return {MAYBE: ()}
    digests = {
        "conversations_digest": data.train_digest,
        "ratings_digest": data.ratings_digest,
        "pairs_digest": data.pairs_digest,
    }
    if any(corpus[name] != digest for name, digest in digests.items()):
        return {MAYBE: tuple(sorted(there))}
    return _sort_roles(data, there, has_judge=entry.judge_adapter is not None)


def _sort_roles(data: RoundData, names: Set[str], *, has_judge: bool) -> dict[str, tuple[str, ...]]:
    rated = {name for one in data.train_ratings for name in (one.rating.id, one.rating.conversation)}
    measured = {name for one in data.held_out_ratings for name in (one.rating.id, one.rating.conversation)}
    roles = {
        "trained": {one.id for one in data.train},
        "preference pairs": {name for pair in data.pairs for name in (pair.id, *pair.conversations)},
        "judge": rated if has_judge else set(),
        "measured": {one.id for one in data.held_out} | measured,
    }
    found = {role: tuple(sorted(names & taken)) for role, taken in roles.items()}
    return {role: taken for role, taken in found.items() if taken}


def _name_models(entry: Round, roles: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """What was trained: nothing of a round that only measured with the records."""
    if set(roles) == {"measured"}:
        return
    named = (("adapter", entry.adapter), ("judge's adapter", entry.judge_adapter))
    yield from ((what, str(model["digest"])) for what, model in named if model is not None)
    if entry.base and entry.base.get("made_from"):
        yield f"base {entry.base['name']}", str(entry.base["digest"])
