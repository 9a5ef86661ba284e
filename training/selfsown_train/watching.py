"""How a training is watched: a progress line, its log, and a tracker where one is asked for.

None of it changes a bit of the result.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from selfsown_train.distributed import is_first
from selfsown_train.report import Report
from selfsown_train.tracking import Tracker, tracked_project
from selfsown_train.training_log import LoggedStep, read_log, remove_halves, write_log


@dataclass(frozen=True, slots=True)
class Journal:
    """Where a training is written down: its log, and whose training it is, the same after every resume."""

    path: Path
    owner: str


def watch(report: Report, stage: str, journal: Journal | None) -> list[TrainerCallback]:
    """The callbacks that a trainer takes, in this order, before the one that marks its checkpoints as whole."""
    return [Progress(report, stage), LogSteps(stage, journal)]


class Progress(TrainerCallback):  # type: ignore[misc]
    """Tells the Report of every step, with the newest loss and the tokens per second since the training began or went on."""

    def __init__(self, report: Report, stage: str) -> None:
        self._report, self._stage, self._loss = report, stage, ""
        self._began = self._tokens = 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Speed counts from here."""
        self._began, self._tokens = time.monotonic(), state.num_input_tokens_seen

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        """Keep the newest loss for the next step's note."""
        if logs and "loss" in logs:
            self._loss = f"loss {logs['loss']:.3f}, "

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """One optimiser step is behind us."""
        speed = (state.num_input_tokens_seen - self._tokens) / max(time.monotonic() - self._began, 1e-9)
        self._report(self._stage, state.global_step, state.max_steps, f"{self._loss}{speed:,.0f} tokens/s")


class LogSteps(TrainerCallback):  # type: ignore[misc]
    """Writes a row of the log whenever the trainer logs a loss, and hands it to the tracker where there is one."""

    def __init__(self, stage: str, journal: Journal | None) -> None:
        self._stage, self._journal = stage, journal
        self._rows: list[LoggedStep] = []
        self._began = 0.0
        self._tracker: Tracker | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Rows of steps that are done again go; time goes on from the last one that stays."""
        if self._journal is None or not is_first():
            return
        known = read_log(self._journal.path)
        own = [row for row in known if row.stage == self._stage]
        self._rows = [row for row in known if row.stage != self._stage or row.step <= state.global_step]
        kept = max((row.seconds for row in self._rows if row.stage == self._stage), default=0.0)
        self._began = time.monotonic() - kept
        remove_halves(self._journal.path)
        write_log(self._journal.path, self._rows)
        if tracked_project():
            is_resumed = state.global_step > 0
            self._tracker = Tracker(f"{self._journal.owner}: {self._stage}", own if is_resumed else ())

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """The last step is logged, too, wherever it falls."""
        if state.global_step >= state.max_steps:
            control.should_log = True

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        """A row, where it is a loss."""
        if self._journal is None or not is_first() or not logs or "loss" not in logs:
            return
        rate, norm = logs.get("learning_rate"), logs.get("grad_norm")
        row = LoggedStep(
            self._stage,
            int(state.global_step),
            int(state.max_steps),
            round(float(state.epoch), 4),
            round(float(logs["loss"]), 6),
            None if rate is None else float(f"{rate:.6g}"),
            None if norm is None else float(f"{norm:.6g}"),
            int(state.num_input_tokens_seen),
            round(time.monotonic() - self._began, 3),
        )
        self._rows.append(row)
        write_log(self._journal.path, self._rows)
        if self._tracker is not None:
            self._tracker.log(row)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Nothing more comes."""
        if self._tracker is not None:
            self._tracker.finish()
