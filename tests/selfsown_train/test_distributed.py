from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from accelerate.data_loader import BatchSamplerShard, DataLoaderShard, skip_first_batches
from safetensors.torch import load_file
from torch.utils.data import BatchSampler

from selfsown.errors import SelfsownError, UsageError
from selfsown.repo import Repository
from selfsown.round import Round, read_round
from selfsown_train import checkpoints, distributed, judge_loss
from selfsown_train.adapter import adapters_folder, place_of
from selfsown_train.checkpoints import MarkComplete, newest_complete
from selfsown_train.corpus import RoundData
from selfsown_train.judge_loss import LEVELS, judge_losses
from selfsown_train.recipe import Recipe
from selfsown_train.report import silent
from selfsown_train.round_training import train_round
from selfsown_train.rounds import Workshop
from selfsown_train.trainer import LengthOrder, TellEpoch

SCRIPT = Path(__file__).resolve().parents[1] / "distributed" / "train_twice.py"
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
NOISE = 1e-3


def write_recipe(recipe: Recipe, path: Path) -> Path:
    """A recipe as its file would have it: TOML writes these values as JSON does."""
    tables = {name: value for name, value in recipe.values.items() if isinstance(value, dict)}
    lines = [f"{name} = {json.dumps(value)}" for name, value in recipe.values.items() if name not in tables]
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.slow
def test_two_processes_give_the_loss_curve_of_one_with_divided_batches_and_with_divided_weights(
    workshop: Workshop, recipe: Recipe, trained: Round, tmp_path: Path
) -> None:
    path = write_recipe(recipe, tmp_path / "micro.toml")
    checkouts = [tmp_path / "batches", tmp_path / "weights"]
    for folder in checkouts:
        with Repository.clone(str(workshop.root), folder):
            pass
    run = subprocess.run(
        [*TORCHRUN, str(SCRIPT), *map(str, checkouts), str(path)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert run.returncode == 0, run.stderr[-4000:]
    assert run.stdout.split() == ["0001", "0001"], "one process speaks"
    assert run.stderr.count("round 0001 is trained") == 2
    for folder in checkouts:
        entry = read_round(folder, 1, workshop.rulebook.schemas["round"])
        assert (entry.training or {})["processes"] == 2
        for one, other in ((trained.base, entry.base), (trained.training, entry.training)):
            wanted, found = ((part or {}).get("made_from", part or {})["losses"] for part in (one, other))
            assert len(wanted) == 8
            assert [step for step, _ in found] == [step for step, _ in wanted]
            assert [loss for _, loss in found] == pytest.approx([loss for _, loss in wanted], abs=NOISE)
        weights, alone = read_adapter(folder, entry), read_adapter(workshop.root, trained)
        assert torch.nn.functional.cosine_similarity(weights, alone, dim=0) > 1 - NOISE


def read_adapter(root: Path, entry: Round) -> torch.Tensor:
    tensors = load_file(place_of(adapters_folder(root), entry.adapter or {}) / "adapter_model.safetensors")
    return torch.cat([tensors[name].flatten() for name in sorted(tensors) if "lora_B" in name])


@pytest.mark.parametrize("rows", [3, 16, 21])
def test_each_step_has_the_same_rows_however_many_processes_divide_it(rows: int) -> None:
    order = LengthOrder(8, list(range(rows)), seed=7)
    first = list(order)
    assert len(first) == len(order) == -(-rows // 8) * 8
    assert set(first) == set(range(rows))
    assert max(first.count(row) for row in range(rows)) <= -(-len(first) // rows), "no row more often than it has to be"
    assert first == list(LengthOrder(8, list(range(rows)), seed=7))
    epochs = set()
    for epoch in range(8):
        order.set_epoch(epoch)
        epochs.add(tuple(order))
    assert len(epochs) > 1


@pytest.mark.parametrize("process", [0, 1])
def test_a_process_that_resumes_within_a_pass_goes_on_with_its_order(process: int) -> None:
    order = LengthOrder(8, list(range(40)), seed=7)
    shard = BatchSamplerShard(BatchSampler(order, 4, drop_last=False), num_processes=2, process_index=process)
    loader = DataLoaderShard(list(range(40)), batch_sampler=shard, collate_fn=list)
    TellEpoch().on_epoch_begin(None, SimpleNamespace(epoch=1.4), None, train_dataloader=loader)
    resumed = skip_first_batches(loader, 2)
    resumed.set_epoch(1)
    same = LengthOrder(8, list(range(40)), seed=7)
    same.set_epoch(1)
    rows = list(same)
    steps = [rows[start : start + 8] for start in range(16, 40, 8)]
    assert list(resumed) == [step[4 * process : 4 * process + 4] for step in steps]


def test_a_batch_that_cannot_be_divided_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed, "processes", lambda: 3)
    assert distributed.share_of(12) == 4
    with pytest.raises(UsageError, match="8 rows cannot be divided among 3 processes"):
        distributed.share_of(8)


def test_one_process_waits_for_nobody_and_has_no_weights_to_spread() -> None:
    assert distributed.from_first(lambda: 7) == 7
    assert distributed.is_first()
    distributed.wait()
    distributed.check_alike({"commit": "a"})
    with pytest.raises(UsageError, match="the only one"):
        distributed.start(sharded=True)
    assert not distributed.is_sharded()


def test_a_process_that_would_train_on_something_else_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def gather(told: list[Any], own: dict[str, str]) -> None:
        told[:] = [own, {**own, "commit": "b"}]

    monkeypatch.setattr(distributed, "processes", lambda: 2)
    monkeypatch.setattr(distributed.distributed, "all_gather_object", gather)
    with pytest.raises(SelfsownError, match="process 1 has another commit than process 0: b, not a"):
        distributed.check_alike({"commit": "a", "recipe": "r"})


def test_a_checkpoint_is_resumed_from_by_as_many_processes_as_wrote_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tmp_path / "checkpoint-20"
    whole.mkdir()
    (whole / "optimizer.pt").write_bytes(b"state")
    arguments, state = type("A", (), {"output_dir": str(tmp_path)}), type("S", (), {"global_step": 20})
    monkeypatch.setattr(checkpoints, "processes", lambda: 2)
    monkeypatch.setattr(checkpoints, "wait", lambda: None)
    MarkComplete().on_save(arguments, state, None)
    assert newest_complete(tmp_path) == whole
    monkeypatch.setattr(checkpoints, "processes", lambda: 1)
    with pytest.raises(SelfsownError, match="was done by 2 processes, and this is 1 process"):
        newest_complete(tmp_path)
    assert whole.is_dir(), "nothing is lost"


def test_the_mean_of_what_two_processes_get_is_the_loss_of_the_whole_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(6, LEVELS, generator=generator)
    batch = {
        "points": torch.rand(6, LEVELS, generator=generator) * 10,
        "shares": torch.rand(6, LEVELS, generator=generator),
        "wanted": torch.rand(6, generator=generator) * 10,
        "taught": torch.tensor([0, 1, 2, 5]),
        "orders": torch.tensor([[0, 1]]),
    }
    whole = judge_losses(logits, batch)
    parts = [
        {**batch, "taught": torch.tensor([0, 1, 2])},
        {**batch, "taught": torch.tensor([5]), "orders": torch.zeros(0, 2, dtype=torch.long)},
    ]
    monkeypatch.setattr(judge_loss, "processes", lambda: 2)
    monkeypatch.setattr(judge_loss, "average", lambda _: torch.tensor([2.0, 0.5]))
    halves = [judge_losses(logits, part) for part in parts]
    for name in ("cross_entropy", "regression", "pairwise"):
        mean = (getattr(halves[0], name) + getattr(halves[1], name)) / 2
        assert mean == pytest.approx(float(getattr(whole, name)), abs=1e-6)


def test_a_round_of_two_processes_is_not_made_again_by_one(workshop: Workshop, data: RoundData, trained: Round) -> None:
    other = replace(trained, training={**(trained.training or {}), "processes": 2})
    with pytest.raises(SelfsownError, match="was trained by 2 processes, and this is 1"):
        train_round(workshop, other, data, silent)
