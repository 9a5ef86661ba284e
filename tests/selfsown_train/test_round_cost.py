"""A dry run: what it counts is what the training does, and what it measures grows as the training does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from transformers import AutoConfig, LlamaConfig

from selfsown.errors import SelfsownError
from selfsown_train.corpus import RoundData
from selfsown_train.dry_run import Lengths, count_steps, measure_cost
from selfsown_train.recipe import Recipe, ShapeRecipe
from selfsown_train.report import silent
from selfsown_train.round_cost import estimate_round
from selfsown_train.rounds import Workshop

SHAPE = ShapeRecipe("qwen3", 600, 32, 64, 3, 4, 2, tied=True)


def test_what_is_counted_is_what_the_training_does(workshop: Workshop, data: RoundData, trained: Any) -> None:
    before = sorted(workshop.root.rglob("*"))
    found = estimate_round(workshop, data, silent)
    done, model = trained.training, workshop.registry.load(trained).model
    weights = {name: value.numel() for name, value in model.named_parameters()}
    adapter = sum(count for name, count in weights.items() if "lora_" in name)
    assert (found.rows, found.rows_used, found.cost.steps) == (done["rows"], done["rows_used"], done["steps"])
    assert (found.cost.trained, found.cost.parameters) == (adapter, sum(weights.values()) - adapter)
    assert found.is_counted
    assert found.cost.seconds > 0
    assert sorted(workshop.root.rglob("*")) == before


@pytest.mark.parametrize(("rows", "epochs", "steps"), [(16, 2.0, 4), (17, 1.0, 3), (17, 0.5, 2)])
def test_steps_are_those_of_the_trainer(recipe: Recipe, rows: int, epochs: float, steps: int) -> None:
    assert count_steps(rows, replace(recipe.sft, batch_size=8, epochs=epochs)) == steps


def test_rows_of_like_length_pad_little() -> None:
    assert Lengths((10, 1, 9, 2), 0.5, is_counted=True).padded(2) == 10 + 10 + 2 + 2


def test_longer_rows_and_more_layers_take_more_memory(recipe: Recipe) -> None:
    def peak(length: int, layers: int) -> int:
        config = LlamaConfig(
            hidden_size=32, intermediate_size=64, num_hidden_layers=layers, num_attention_heads=2, vocab_size=64
        )
        return measure_cost(config, Lengths((length,) * 8, 0.5, is_counted=True), recipe, silent).peak

    assert peak(32, 4) < peak(32, 8) < peak(128, 8)


def test_a_base_out_of_reach_is_reckoned_by_its_shape(
    workshop: Workshop, data: RoundData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    base = replace(workshop.recipe.base, model="nobody/nothing")
    away = replace(workshop, recipe=replace(workshop.recipe, base=base, shape=SHAPE))
    found = estimate_round(away, data, silent)
    assert (found.is_counted, found.rows_used) == (False, len(data.train))
    assert found.cost.parameters > 600 * 32
    with pytest.raises(SelfsownError, match="cannot read config and tokenizer of nobody/nothing"):
        estimate_round(replace(away, recipe=replace(away.recipe, shape=None)), data, silent)


@pytest.mark.parametrize("name", ["smollm2-135m", "smollm2-360m", "olmo2-1b", "qwen3-0.6b"])
def test_the_shape_of_a_recipe_is_an_architecture_that_transformers_knows(checkout: Any, name: str) -> None:
    from selfsown_train.recipe import read_recipe

    shape = read_recipe(checkout / "training" / "recipes" / f"{name}.toml").shape
    assert shape is not None
    assert AutoConfig.for_model(shape.architecture, num_hidden_layers=shape.layers).num_hidden_layers == shape.layers
