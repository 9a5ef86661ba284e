from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from selfsown.conversation import Turn
from selfsown.errors import SelfsownError
from selfsown_train import sft
from selfsown_train.checkpoints import newest_complete
from selfsown_train.corpus import RoundData
from selfsown_train.model import ChatModel, load_base, make_deterministic
from selfsown_train.recipe import Recipe, Schedule
from selfsown_train.registry import locate, read_base
from selfsown_train.report import silent
from selfsown_train.rounds import Workshop
from selfsown_train.rows import chat_rows
from selfsown_train.sft import Outcome, Run, finetune
from selfsown_train.training_log import LOG, read_log
from selfsown_train.watching import Journal

SCHEDULE = Schedule(epochs=2.0, learning_rate=5e-3, batch_size=8, warmup=0.1)


@pytest.fixture
def rows(data: RoundData) -> list[Any]:
    return chat_rows(data.train[:96])


@pytest.fixture
def base(workshop: Workshop, trained: Any) -> Any:
    return locate(read_base(trained.base), workshop.cache)


def run_lora(base: Any, rows: list[Any], recipe: Recipe, folder: Path, **changes: Any) -> Outcome:
    make_deterministic(7, 1)
    run = replace(Run("test", rows, SCHEDULE, recipe.lora, True, 7, folder), **changes)
    return finetune(load_base(base), run, silent)


def weights(outcome: Outcome) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in outcome.model.state_dict().items()}


def test_the_loss_falls_and_only_the_adapter_moves(base: Any, rows: list[Any], recipe: Recipe, tmp_path: Path) -> None:
    before = load_base(base).model.state_dict()
    outcome = run_lora(base, rows, recipe, tmp_path)
    assert outcome.rows == outcome.rows_used == len(rows)
    assert outcome.losses[-1][1] < outcome.losses[0][1]
    trainable = {name for name, value in outcome.model.named_parameters() if value.requires_grad}
    assert trainable
    assert all("lora_" in name for name in trainable)
    after = outcome.model.state_dict()
    for name, tensor in before.items():
        moved = after.get(
            f"base_model.model.{name}", after.get(f"base_model.model.{name}".replace(".weight", ".base_layer.weight"))
        )
        assert moved is not None
        assert torch.equal(tensor, moved)


def test_our_loss_is_the_one_trl_computes(
    base: Any, rows: list[Any], recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = rows[:32]  # eight steps: theirs keeps the scores of every token in memory, and is slow
    ours = run_lora(base, rows, recipe, tmp_path / "ours")
    monkeypatch.setattr(sft, "ends_with_head", lambda _: False)
    theirs = run_lora(base, rows, recipe, tmp_path / "theirs")
    assert len(ours.losses) == 8
    assert [step for step, _ in ours.losses] == [step for step, _ in theirs.losses]
    for (_, one), (_, other) in zip(ours.losses, theirs.losses, strict=True):
        assert one == pytest.approx(other, abs=2e-4)


class _Killed(Exception):
    pass


def test_a_run_that_was_cut_off_ends_with_the_same_bits(
    base: Any, rows: list[Any], recipe: Recipe, tmp_path: Path
) -> None:
    logs = {name: Journal(tmp_path / f"{name}.log" / LOG, name) for name in ("whole", "cut")}
    undisturbed = run_lora(base, rows, recipe, tmp_path / "whole", journal=logs["whole"])
    whole = weights(undisturbed)

    def die_at_21(stage: str, done: int, total: int, note: str = "") -> None:
        if done == 22:
            raise _Killed

    make_deterministic(7, 1)
    run = Run("test", rows, SCHEDULE, recipe.lora, True, 7, tmp_path / "cut", journal=logs["cut"])
    with pytest.raises(_Killed):
        finetune(load_base(base), run, die_at_21)
    assert newest_complete(tmp_path / "cut") == tmp_path / "cut" / "checkpoint-20"
    outcome = run_lora(base, rows, recipe, tmp_path / "cut", journal=logs["cut"])
    resumed = weights(outcome)
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    assert outcome.to_json() == undisturbed.to_json()
    one, other = ([replace(row, seconds=0) for row in read_log(journal.path)] for journal in logs.values())
    assert one == other
    assert [row.step for row in one] == list(range(1, outcome.steps + 1))
    assert one[-1].tokens > one[0].tokens > 0


@pytest.mark.parametrize("damage", ["cut", "missing", "unmarked"])
def test_a_damaged_checkpoint_is_not_resumed_from(
    base: Any, rows: list[Any], recipe: Recipe, tmp_path: Path, damage: str
) -> None:
    folder = tmp_path / "run"
    run_lora(base, rows, recipe, folder)
    newest = newest_complete(folder)
    assert newest is not None
    if damage == "cut":
        path = newest / "adapter_model.safetensors"
        path.write_bytes(path.read_bytes()[:-10])
    elif damage == "missing":
        (newest / "optimizer.pt").unlink()
    else:
        (newest / "OK.json").unlink()
    found = newest_complete(folder)
    assert found != newest
    assert not newest.exists()


def test_rows_that_do_not_fit_are_counted_and_none_at_all_is_an_error(
    base: Any, recipe: Recipe, tmp_path: Path
) -> None:
    long = (Turn("user", "x " * 3000), Turn("assistant", "too late"))
    short = (Turn("user", "hi"), Turn("assistant", "hello"))
    outcome = run_lora(base, [long, *[short] * 8], recipe, tmp_path / "some")
    assert (outcome.rows, outcome.rows_used) == (9, 8)
    with pytest.raises(SelfsownError, match="no row fits"):
        run_lora(base, [long] * 8, recipe, tmp_path / "none")
    with pytest.raises(SelfsownError, match="nothing to train on"):
        run_lora(base, [], recipe, tmp_path / "empty")
    shutil.rmtree(tmp_path)


def test_the_whole_model_trains_without_a_lora(base: Any, rows: list[Any], recipe: Recipe, tmp_path: Path) -> None:
    chat: ChatModel = load_base(base)
    before = {name: tensor.clone() for name, tensor in chat.model.state_dict().items()}
    make_deterministic(7, 1)
    outcome = finetune(chat, Run("test", rows[:16], SCHEDULE, None, False, 7, tmp_path), silent)
    after = outcome.model.state_dict()
    assert any(not torch.equal(before[name], after[name]) for name in before)
    assert not any("lora_" in name for name in after)
