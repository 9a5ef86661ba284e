"""The log of a training: written whole, cut back on a resume, summed up; and how a training is watched."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from selfsown_train import sft, watching
from selfsown_train.training_log import (
    COLUMNS,
    LOG,
    SUMMARY,
    LoggedStep,
    adopt_rows,
    read_log,
    remove_halves,
    summarise,
    thin_losses,
    write_log,
)
from selfsown_train.watching import Journal, LogSteps, Progress

ROW = LoggedStep("round", 1, 4, 0.25, 3.5, 0.001, 1.25, 100, 0.5)


def rows_of(stage: str, count: int) -> list[LoggedStep]:
    return [replace(ROW, stage=stage, step=step, tokens=100 * step, seconds=step / 2) for step in range(1, count + 1)]


class Loop:
    """The trainer's side: its state, and the order in which it calls."""

    def __init__(self, callback: Any, steps: int, at: int = 0) -> None:
        self.callback, self.control = callback, SimpleNamespace(should_log=False)
        self.state = SimpleNamespace(global_step=at, max_steps=steps, epoch=0.0, num_input_tokens_seen=100 * at)
        callback.on_train_begin(None, self.state, self.control)

    def step(self, **logs: float) -> None:
        self.state.global_step += 1
        self.state.num_input_tokens_seen += 100
        self.callback.on_step_end(None, self.state, self.control)
        if logs:
            self.callback.on_log(None, self.state, self.control, logs={"learning_rate": 0.01, "grad_norm": 2.0, **logs})


def test_a_log_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "0001" / LOG
    rows = [ROW, replace(ROW, step=2, learning_rate=None, gradient_norm=None)]
    write_log(path, rows)
    assert read_log(path) == rows
    assert path.read_text(encoding="utf-8").splitlines()[0].split(",") == list(COLUMNS)
    assert [entry.name for entry in sorted(path.parent.iterdir())] == [LOG, SUMMARY]
    assert json.loads((path.parent / SUMMARY).read_bytes()) == summarise(rows)
    assert read_log(tmp_path / "none.csv") == []


@pytest.mark.parametrize("damage", ["round,2,4", "round,x,4,1,1,1,1,1,1", ",,,,,,,,", '"open', "\x00"])
def test_a_row_that_does_not_read_stops_nothing(tmp_path: Path, damage: str) -> None:
    path = tmp_path / LOG
    write_log(path, [ROW])
    with path.open("a", encoding="utf-8") as stream:
        stream.write(damage)
    assert read_log(path) == [ROW]


def test_the_summary_says_how_far_each_stage_is_and_how_fast() -> None:
    rows = [*rows_of("base", 4), *rows_of("round", 2)]
    base, tuned = summarise(rows)["stages"]
    assert (base["stage"], base["step"], base["steps"]) == ("base", 4, 4)
    assert (tuned["stage"], tuned["step"], tuned["steps"]) == ("round", 2, 4)
    assert tuned["tokens_per_second"] == 200.0
    assert summarise([]) == {"format": 1, "stages": []}


def test_a_round_takes_the_rows_of_its_base_once(tmp_path: Path) -> None:
    own, base = tmp_path / "0001" / LOG, tmp_path / "base.log" / LOG
    write_log(own, rows_of("round", 2))
    adopt_rows(own, base)
    assert read_log(own) == rows_of("round", 2)
    write_log(base, rows_of("base", 3))
    (own.parent / ".log.csv.abc").touch()
    for _ in range(2):
        adopt_rows(own, base)
        assert read_log(own) == [*rows_of("base", 3), *rows_of("round", 2)]
    assert not list(own.parent.glob(".*"))


def test_what_a_kill_left_half_written_goes_and_nothing_else(tmp_path: Path) -> None:
    for name in (".log.csv.x1", ".log.json.x2", ".other.x3", LOG):
        (tmp_path / name).touch()
    remove_halves(tmp_path / LOG)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.x3", LOG]


@pytest.mark.parametrize("count", [1, 2, 49, 50, 51, 99, 1000])
def test_a_round_file_gets_few_losses_the_first_and_the_last_among_them(count: int) -> None:
    losses = [(step, 1.0 / step) for step in range(1, count + 1)]
    thin = thin_losses(losses)
    assert len(thin) == min(count, 50)
    assert thin[0] == [1, 1.0]
    assert thin[-1] == [count, round(1.0 / count, 6)]
    assert [step for step, _ in thin] == sorted({step for step, _ in thin})


def test_a_checkpoint_lies_where_losses_are_logged() -> None:
    for steps in (*range(1, 400), 12345):
        for least in (5, 20):
            every = sft.save_every(steps, least)
            assert every >= least
            assert every % sft._log_every(steps) == 0


def test_a_resumed_training_neither_doubles_nor_loses_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(watching.time, "monotonic", lambda: clock[0])
    journal = Journal(tmp_path / LOG, "round 0001")
    write_log(journal.path, rows_of("base", 2))

    def run(at: int, until: int) -> None:
        loop = Loop(LogSteps("round", journal), 6, at)
        for step in range(at + 1, until + 1):
            clock[0] += 1.0
            loop.step(loss=10.0 - step)

    run(0, 5)  # killed after step 5; the last whole checkpoint is of step 3
    clock[0] += 1000.0
    run(3, 6)
    found = read_log(journal.path)
    assert found[:2] == rows_of("base", 2)
    tuned = found[2:]
    assert [row.step for row in tuned] == [1, 2, 3, 4, 5, 6]
    assert [row.loss for row in tuned] == [9.0, 8.0, 7.0, 6.0, 5.0, 4.0]
    assert [row.tokens for row in tuned] == [100, 200, 300, 400, 500, 600]
    assert [row.seconds for row in tuned] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    run(0, 1)
    assert [row.step for row in read_log(journal.path)] == [1, 2, 1]


def test_only_a_loss_is_logged_and_the_last_step_always_is(tmp_path: Path) -> None:
    loop = Loop(LogSteps("round", Journal(tmp_path / LOG, "")), 2)
    loop.step(train_runtime=3.0)
    assert loop.control.should_log is False
    loop.step()
    assert loop.control.should_log is True
    assert read_log(tmp_path / LOG) == []


def test_another_process_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "is_first", lambda: False)
    Loop(LogSteps("round", Journal(tmp_path / LOG, "")), 2).step(loss=1.0)
    assert list(tmp_path.iterdir()) == []


def test_progress_tells_loss_and_speed_since_it_went_on(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, told = [0.0], []
    monkeypatch.setattr(watching.time, "monotonic", lambda: clock[0])
    loop = Loop(Progress(lambda *call: told.append(call), "round"), 12, at=10)
    clock[0] = 0.05
    loop.step(loss=2.0)
    clock[0] = 0.1
    loop.step()
    assert told == [("round", 11, 12, "2,000 tokens/s"), ("round", 12, 12, "loss 2.000, 2,000 tokens/s")]
