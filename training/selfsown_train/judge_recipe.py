"""How the judge of a round is trained: `training/recipes/judge*.toml` as a record. It names every value that is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from selfsown.errors import BadConfig, UsageError
from selfsown.settings import load_record, load_toml
from selfsown_train.recipe import LoraRecipe, Schedule, WrittenDown


@dataclass(frozen=True, slots=True)
class ExamplesRecipe:
    """What the judge learns from.

    `ratings` is the most ratings by people; `questions` is how many of the rubric's questions each teaches, `repeats` how
    often it is shown in an epoch (each time with other questions). `pairs`, `corrected`, `attacks` and `benign` are the
    most pairs, conversations with a correction well taken, attacked conversations, and conversations that are only about
    attacks. `smoothing` is taken from a yes or no, `spread` is the standard deviation of a score in points of ten.
    """

    ratings: int
    questions: int
    repeats: int
    pairs: int
    corrected: int
    attacks: int
    benign: int
    smoothing: float
    spread: float


@dataclass(frozen=True, slots=True)
class LossRecipe:
    """The weights beside the cross-entropy: squared error of the expected score, and the order within a pair."""

    regression: float
    pairwise: float


@dataclass(frozen=True, slots=True)
class MeasureRecipe:
    """How much is measured after training: the most held-out pairs of each kind."""

    pairs: int


@dataclass(frozen=True, slots=True)
class JudgeRecipe(WrittenDown):
    """The whole of a recipe file, and its name. A batch of `training` is a number of examples, pairs being one each."""

    format: int
    seed: int
    threads: int
    lora: LoraRecipe
    training: Schedule
    examples: ExamplesRecipe
    loss: LossRecipe
    measure: MeasureRecipe
    name: str = ""


def read_judge_recipe(path: Path) -> JudgeRecipe:
    """Read a recipe file. Raises BadConfig or UsageError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        known = ", ".join(sorted(entry.stem for entry in path.parent.glob("judge*.toml"))) or "none"
        raise UsageError(f"there is no recipe {path}", f"recipes for a judge there: {known}") from error
    recipe = load_record(JudgeRecipe, load_toml(text, str(path)), str(path))
    if not (0.0 <= recipe.examples.smoothing < 0.5 and recipe.examples.spread > 0.0):
        raise BadConfig(
            f"{path}: examples.smoothing is {recipe.examples.smoothing}, examples.spread is {recipe.examples.spread}",
            "smoothing is from 0 to below 0.5, spread is above 0",
        )
    return replace(recipe, name=path.stem)


def judge_recipe_of_round(recipe: Mapping[str, Any]) -> JudgeRecipe:
    """The recipe that a round's judge was trained with, from its file. Raises BadConfig."""
    name = str(recipe["name"])
    return replace(
        load_record(JudgeRecipe, dict(recipe["values"]), f"the recipe of the round's judge ({name})"), name=name
    )
