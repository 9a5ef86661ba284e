"""A checkout small enough to train in seconds, and one round trained on it for everybody."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="the `train` extra is not installed")

from selfsown.repo import Repository
from selfsown_train.corpus import RoundData, read_round_data
from selfsown_train.recipe import Recipe, read_recipe
from selfsown_train.round_training import train_round
from selfsown_train.rounds import Workshop, plan_round

TODAY = "2026-11-21"


def shrink(recipe: Recipe, **base: Any) -> Recipe:
    """A recipe that trains in seconds."""
    small = {"vocabulary": 512, "hidden_size": 32, "layers": 2, "heads": 2, "context": 1024, **base}
    return replace(
        recipe,
        threads=1,
        base=replace(recipe.base, **small),
        instruction=replace(recipe.instruction, epochs=0.5),
        sft=replace(recipe.sft, epochs=0.5),
        gate=replace(recipe.gate, resamples=200, answers=10, answer_tokens=6),
    )


@pytest.fixture(scope="session")
def recipe(checkout: Path) -> Recipe:
    """The tiny recipe, smaller still."""
    return shrink(read_recipe(checkout / "training" / "recipes" / "tiny.toml"))


@pytest.fixture(scope="session")
def small_checkout(
    checkout: Path, commit_all: Callable[[Path], None], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A repository with the project's rules, three shards of its corpus and the ratings of its starter source."""
    root = tmp_path_factory.mktemp("rounds") / "repository"
    for folder in ("schema", "corpus/sources", "training/recipes"):
        shutil.copytree(checkout / folder, root / folder)
    only = shutil.ignore_patterns("answers-*", "levels-*")
    shutil.copytree(checkout / "corpus" / "ratings", root / "corpus" / "ratings", ignore=only)
    shutil.copy(checkout / "training" / "promoted.json", root / "training" / "promoted.json")
    shards = sorted((checkout / "corpus" / "original").rglob("starter-*.jsonl"))[:3]
    for shard in shards:
        target = root / shard.relative_to(checkout)
        target.parent.mkdir(parents=True)
        shutil.copy(shard, target)
    commit_all(root)
    return root


@pytest.fixture(scope="session")
def workshop(small_checkout: Path, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A workshop over the small checkout, with a cache of its own."""
    repository = Repository(small_checkout)
    return Workshop(repository, repository.rulebook("HEAD"), recipe, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def data(workshop: Workshop) -> RoundData:
    """What a round of the small checkout sees."""
    return read_round_data(workshop.repository, "HEAD", workshop.recipe.data)


@pytest.fixture(scope="session")
def trained(workshop: Workshop, data: RoundData) -> Any:
    """One trained round of the small checkout."""
    return train_round(workshop, plan_round(workshop, data, TODAY), data, lambda *_, **__: None)
