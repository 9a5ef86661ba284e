"""How a round is trained: `training/recipes/*.toml` as a record. A recipe names every value it uses."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from selfsown.canonical import canonical_bytes
from selfsown.errors import BadConfig, UsageError
from selfsown.settings import load_record, load_toml

ARCHITECTURES = ("llama", "gpt2")


@dataclass(frozen=True, slots=True)
class BaseRecipe:
    """The model that adapters sit on.

    `model` is a Hugging Face name or a folder. Empty: a small one is built from config (`architecture`) with a
    tokenizer of `vocabulary` tokens, both from the conversations of `sources`, which is why these must not change.
    """

    model: str
    revision: str
    architecture: str
    sources: tuple[str, ...]
    vocabulary: int
    hidden_size: int
    layers: int
    heads: int
    context: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """One training run: passes over the data, peak learning rate (cosine, with `warmup` as a share of the steps), batch."""

    epochs: float
    learning_rate: float
    batch_size: int
    warmup: float


@dataclass(frozen=True, slots=True)
class InstructionRecipe(Schedule):
    """Base-level instruction tuning of every weight, before any round: the Alpaca way (Taori et al. 2023).

    `files` are Alpaca-form files, relative to the checkout. Empty: the first requests of the base's `sources`. No epochs: none.
    """

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PreferenceRecipe(Schedule):
    """Direct preference optimisation (Rafailov et al. 2023, arXiv 2305.18290) that goes on with the round's adapter.

    `beta` holds it near what it was; the likelihood of the better answer is part of the loss (arXiv 2404.19733). No epochs: none.
    """

    beta: float


@dataclass(frozen=True, slots=True)
class LoraRecipe:
    """The adapter (Hu et al. 2021, arXiv 2106.09685): rank, alpha, dropout; all linear layers."""

    rank: int
    alpha: int
    dropout: float


@dataclass(frozen=True, slots=True)
class DataRecipe:
    """Which conversations train.

    `held_out` is the share that never trains, split by lineage; `minimum_rating` is the mean human score below which
    a conversation is left out; `ratings` is how many of the rubric's questions each human rating teaches per epoch.
    `human_share` is the least share of the training conversations whose answers no model wrote. `trusted` are the sources
    that no cap and no quarantine holds for; of every other source, and of every contributor, at most a share trains.
    `quarantine_days` must pass between the merge of a conversation and its first round. `pair_gap` is by how many points
    of ten people must tell two answers to one request apart to make a preference pair of them.
    """

    held_out: float
    minimum_rating: float
    ratings: int
    human_share: float
    trusted: tuple[str, ...]
    source_share: float
    contributor_share: float
    quarantine_days: int
    pair_gap: float


@dataclass(frozen=True, slots=True)
class GateRecipe:
    """When a candidate is better.

    `margin` in nats per token, above the noise of seeds; `resamples` of the paired bootstrap; `confidence` two-sided;
    `agreement_loss` is how far the judge's agreement with people may fall. `answers` is how many held-out requests both
    models answer, with at most `answer_tokens` each; `win_loss` is how far the share of answers that the judge prefers
    may lie below one half, `probe_loss` how far the share of solved probes may fall, `diversity_loss` how far that of
    distinct wordings may. `harness` are tasks of lm-evaluation-harness: a name, or a YAML file relative to the checkout.
    """

    margin: float
    resamples: int
    confidence: float
    agreement_loss: float
    answers: int
    answer_tokens: int
    win_loss: float
    probe_loss: float
    diversity_loss: float
    harness: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShapeRecipe:
    """What a named base is made of, for a dry run on a machine that cannot reach it; `architecture` as transformers has it."""

    architecture: str
    vocabulary: int
    hidden_size: int
    intermediate_size: int
    layers: int
    heads: int
    kv_heads: int
    tied: bool


@dataclass(frozen=True, slots=True)
class WrittenDown:
    """What a recipe file of any kind leaves in a round: its values, by which it is known. The name is no part of them."""

    @property
    def digest(self) -> str:
        """Twelve hex digits over every value (not the name)."""
        return hashlib.sha256(canonical_bytes(self.values)).hexdigest()[:12]

    @property
    def values(self) -> dict[str, Any]:
        """Every value that is set, as it is written into the round."""
        return {name: value for name, value in asdict(self).items() if name != "name" and value is not None}


@dataclass(frozen=True, slots=True)
class Recipe(WrittenDown):
    """The whole of a recipe file, and its name."""

    format: int
    seed: int
    threads: int
    base: BaseRecipe
    instruction: InstructionRecipe
    lora: LoraRecipe
    sft: Schedule
    preference: PreferenceRecipe
    data: DataRecipe
    gate: GateRecipe
    shape: ShapeRecipe | None = None
    name: str = ""


def read_recipe(path: Path, base_model: str | None = None) -> Recipe:
    """Read a recipe file; `base_model` replaces its base. Raises BadConfig or UsageError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        names = sorted(entry.stem for entry in path.parent.glob("*.toml") if not entry.stem.startswith("judge"))
        known = ", ".join(names) or "none"
        raise UsageError(f"there is no recipe {path}", f"recipes there: {known}") from error
    recipe = replace(load_record(Recipe, load_toml(text, str(path)), str(path)), name=path.stem)
    if base_model is not None:
        recipe = with_base_model(recipe, base_model)
    if not recipe.base.model and recipe.base.architecture not in ARCHITECTURES:
        raise BadConfig(
            f"{path}: base.architecture is {recipe.base.architecture!r}", f"one of {', '.join(ARCHITECTURES)}"
        )
    return recipe


def with_base_model(recipe: Recipe, name: str) -> Recipe:
    """The recipe with another base. A schedule that tunes random weights does not hold for a base that has learned."""
    is_built = not recipe.base.model
    instruction = replace(recipe.instruction, epochs=0) if is_built else recipe.instruction
    return replace(recipe, base=replace(recipe.base, model=name), instruction=instruction)


def recipe_of_round(values: Mapping[str, Any], name: str) -> Recipe:
    """The recipe that a round was planned with, from the values in its file. Raises BadConfig."""
    return replace(load_record(Recipe, dict(values), f"the recipe of the round ({name})"), name=name)
