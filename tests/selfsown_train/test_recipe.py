from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from selfsown.errors import BadConfig, UsageError
from selfsown_train.judge_recipe import read_judge_recipe
from selfsown_train.recipe import read_recipe, recipe_of_round


def test_every_recipe_of_the_project_reads(checkout: Path) -> None:
    recipes = sorted((checkout / "training" / "recipes").glob("*.toml"))
    assert {"judge", "judge-tiny", "lora", "olmo2-1b", "qwen3-0.6b", "smollm2-135m", "smollm2-360m", "tiny"} <= {
        path.stem for path in recipes
    }
    for path in recipes:
        read = read_judge_recipe if path.stem.startswith("judge") else read_recipe
        assert read(path).name == path.stem


def test_the_values_in_a_round_give_the_same_recipe_back(checkout: Path) -> None:
    recipe = read_recipe(checkout / "training" / "recipes" / "tiny.toml")
    again = recipe_of_round(orjson.loads(orjson.dumps(recipe.values)), recipe.name)
    assert again == recipe
    assert again.digest == recipe.digest


def test_another_value_is_another_digest(checkout: Path) -> None:
    path = checkout / "training" / "recipes" / "tiny.toml"
    assert read_recipe(path).digest != read_recipe(path, base_model="somewhere/else").digest


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("seed = 20261121", "sed = 1", "unknown key sed; missing key seed"),
        ("rank = 16", 'rank = "16"', "lora.rank must be a whole number"),
        ('architecture = "llama"', 'architecture = "mamba"', "base.architecture is 'mamba'"),
        ("[lora]", "[lora", "tiny.toml: "),
    ],
)
def test_a_bad_recipe_says_what_is_wrong(checkout: Path, tmp_path: Path, old: str, new: str, says: str) -> None:
    text = (checkout / "training" / "recipes" / "tiny.toml").read_text()
    assert old in text
    path = tmp_path / "tiny.toml"
    path.write_text(text.replace(old, new))
    with pytest.raises(BadConfig) as caught:
        read_recipe(path)
    assert says in caught.value.message


def test_a_missing_recipe_names_those_there_are(checkout: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_recipe(checkout / "training" / "recipes" / "huge.toml")
    assert "tiny" in caught.value.tip
