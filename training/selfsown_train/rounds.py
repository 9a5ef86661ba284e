"""Where rounds are made, and which one is next: a round that has this very plan, else a new one.

Working files lie in `.selfsown/rounds/NNNN` of the checkout; the base in the cache. Only the round file is for git.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selfsown.repo import Repository
from selfsown.round import Round, State, read_promoted, read_rounds, write_round
from selfsown.rulebook import Rulebook
from selfsown_train.corpus import RoundData
from selfsown_train.instructions import digest_files
from selfsown_train.libraries import library_versions
from selfsown_train.plan import describe_plan
from selfsown_train.recipe import Recipe
from selfsown_train.registry import Registry

STAGES = "stages"  # in the folder of a round, until its file says that it is trained


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where rounds are made: the repository, what governs it, its recipe, and where heavy files are kept.

    `place` is where round files and working files go, if not into the checkout: a round can be made again beside it.
    """

    repository: Repository
    rulebook: Rulebook
    recipe: Recipe
    cache: Path
    place: Path | None = None

    @property
    def root(self) -> Path:
        """The checkout, or what stands for it."""
        return self.place or self.repository.root

    @property
    def registry(self) -> Registry:
        """Where the models of this checkout lie."""
        return Registry(self.root, self.cache)


def plan_round(workshop: Workshop, data: RoundData, today: str) -> Round:
    """The round to work on: one that has this very plan, else a new one, written as planned.

    A round that was planned and never trained gives its number to the new plan.
    """
    schema = workshop.rulebook.schemas["round"]
    rounds = read_rounds(workshop.root, schema)
    plan = _plan(workshop, data)
    for entry in reversed(rounds):
        if _same_plan(entry.plan, plan):
            return entry
    promoted = read_promoted(workshop.root, schema)
    newest = rounds[-1] if rounds else None
    number = 1 if newest is None else newest.number + (newest.state is not State.PLANNED)
    entry = Round(number, State.PLANNED, today, promoted.number if promoted else None, plan)
    shutil.rmtree(workshop.registry.folder(entry), ignore_errors=True)
    write_round(workshop.root, entry)
    return entry


def settle_trained(workshop: Workshop, entry: Round) -> bool:
    """Whether a round is trained and its adapter lies here; then what a training left that was killed at its very end goes."""
    is_settled = entry.state is not State.PLANNED and workshop.registry.has_adapter(entry)
    if is_settled:
        shutil.rmtree(workshop.registry.folder(entry) / STAGES, ignore_errors=True)
    return is_settled


def decisive(workshop: Workshop, data: RoundData) -> dict[str, str]:
    """What has to be the same in every process that trains a round: by name, and told apart by its text."""
    plan = _plan(workshop, data)
    libraries = {f"version of {name}": version for name, version in plan["libraries"].items()}
    digests = {
        name: str(value) for name, value in plan["corpus"].items() if name == "commit" or name.endswith("_digest")
    }
    return {**digests, "recipe": plan["recipe"]["digest"], "rubric": plan["rubric"], **libraries}


def _plan(workshop: Workshop, data: RoundData) -> dict[str, Any]:
    plan = describe_plan(data, workshop.recipe, workshop.rulebook.rubric.digest)
    instructions = digest_files(workshop.repository.root, workshop.recipe)
    return {**plan, "libraries": library_versions(), **({"instructions": instructions} if instructions else {})}


def _same_plan(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether two plans give the same round; the commit, and what was left out, may differ where the conversations do not."""
    besides = ("commit", "left_out", "pairs_left_out")

    def what_decides(plan: Mapping[str, Any]) -> dict[str, Any]:
        return {**plan, "corpus": {name: value for name, value in plan["corpus"].items() if name not in besides}}

    return what_decides(old) == what_decides(new)
