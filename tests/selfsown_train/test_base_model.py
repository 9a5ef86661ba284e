from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from selfsown.errors import SelfsownError, UsageError
from selfsown_train.base_measure import compare_losses, measure_tuning
from selfsown_train.base_model import prepare_base, with_instructions
from selfsown_train.corpus import RoundData
from selfsown_train.evaluate import Loss
from selfsown_train.model import load_base
from selfsown_train.recipe import with_base_model
from selfsown_train.registry import locate, read_base
from selfsown_train.report import silent
from selfsown_train.round_training import train_round
from selfsown_train.rounds import Workshop, plan_round


@pytest.fixture
def tuning(workshop: Workshop, trained: Any, tmp_path: Path) -> Workshop:
    """A workshop in a copy of the checkout, whose base has a name and is tuned on a file."""
    from selfsown.repo import Repository

    root = tmp_path / "copy"
    shutil.copytree(workshop.root, root)
    rows = [{"instruction": f"Count up to {n}.", "output": " ".join(map(str, range(1, n + 1)))} for n in range(2, 80)]
    (root / "training" / "counting.json").write_text(json.dumps(rows))
    folder = locate(read_base(trained.base), workshop.cache).name
    named = replace(workshop, repository=Repository(root), recipe=with_base_model(workshop.recipe, folder))
    return with_instructions(named, ("training/counting.json",), 2)


@pytest.mark.slow
def test_a_named_base_is_tuned_kept_and_measured_and_a_round_names_what_made_it(
    tuning: Workshop, data: RoundData, trained: Any
) -> None:
    seen: list[str] = []
    made = prepare_base(tuning, data, lambda stage, *_, **__: seen.append(stage))
    assert "base" in seen
    assert made.base.name.startswith("built:")
    assert made.base.digest != trained.base["digest"]
    assert made.made_from is not None
    assert made.made_from["base"]["digest"] == trained.base["digest"]
    found = measure_tuning(tuning, data, made, silent)
    assert found is not None
    assert found.difference.high < 0, "it never saw these rows and predicts them better"
    assert found.after == pytest.approx(found.before + found.difference.estimate)

    seen.clear()
    assert prepare_base(tuning, data, lambda stage, *_, **__: seen.append(stage)) == made
    assert seen == [], "it is in the cache"
    entry = train_round(tuning, plan_round(tuning, data, "2026-11-21"), data, silent)
    assert tuning.rulebook.schemas["round"].accepts(entry.to_json())
    assert entry.base == made.to_json()
    assert entry.plan["instructions"] == made.made_from["files"]
    assert tuning.registry.load(entry).model is not None

    path = tuning.root / "training" / "counting.json"
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(SelfsownError, match=r"counting\.json is not the file that round 000\d was planned with"):
        train_round(tuning, entry, data, silent)
    assert plan_round(tuning, data, "2026-11-21").number == entry.number + 1


def test_a_base_in_the_cache_that_was_damaged_is_made_again(
    workshop: Workshop, data: RoundData, trained: Any, tmp_path: Path
) -> None:
    apart = replace(workshop, cache=tmp_path / "cache")
    shutil.copytree(workshop.cache / "bases", apart.cache / "bases")
    folder = Path(locate(read_base(trained.base), apart.cache).name)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert prepare_base(apart, data, silent).to_json() == trained.base
    load_base(locate(read_base(trained.base), apart.cache))


def test_nothing_to_tune_on_is_said(workshop: Workshop, data: RoundData, trained: Any) -> None:
    folder = locate(read_base(trained.base), workshop.cache).name
    named = replace(workshop, recipe=with_base_model(workshop.recipe, folder))
    assert named.recipe.instruction.epochs == 0, "what tunes random weights would ruin weights that have learned"
    bare = replace(named.recipe, base=replace(named.recipe.base, sources=("nobody",)))
    with pytest.raises(UsageError, match="there is nothing to tune it on"):
        prepare_base(with_instructions(replace(named, recipe=bare), (), 1), data, silent)
    built = replace(workshop.recipe, base=replace(workshop.recipe.base, sources=("nobody",)))
    with pytest.raises(UsageError, match="to build the base from"):
        prepare_base(replace(workshop, recipe=built), data, silent)


def test_losses_are_compared_row_by_row() -> None:
    before = [Loss(10.0 * n, 10) for n in range(1, 31)]
    after = [Loss(loss.nats - 1.0 - (index % 3) / 10, 10) for index, loss in enumerate(before)]
    found = compare_losses(before, after, [str(index) for index in range(30)], 500, 1)
    assert found.difference.estimate == pytest.approx(-0.11)
    assert -0.12 < found.difference.low < found.difference.high < -0.1, "the spread between rows does not widen it"
    same = compare_losses(before, before, ["one"] * 30, 500, 1)
    assert (same.difference.low, same.difference.high) == (0, 0)
