"""What trainings did, step by step: `log.csv` beside the models of a round, and its summary `log.json`.

Always written, by whoever trains. Times are in here and never in a round file, which comes out the same byte by byte wherever
the round is made again. The file is replaced whole at each row (a training logs at most a hundred), so a kill leaves no half row;
rows after the checkpoint that a training resumes from go, because their steps are done again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from selfsown.shard import write_atomically

LOG, SUMMARY = "log.csv", "log.json"
_MOST_LOSSES = 50  # of one training, in a round file

Losses = Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class LoggedStep:
    """One row: step `step` of `steps` of a stage, and the mean loss since the row before.

    `tokens` (without padding) and `seconds` (of training; the time between a kill and going on is none) count from the
    first step.
    """

    stage: str
    step: int
    steps: int
    epoch: float
    loss: float
    learning_rate: float | None
    gradient_norm: float | None
    tokens: int
    seconds: float


COLUMNS = tuple(field.name for field in fields(LoggedStep))


def read_log(path: Path) -> list[LoggedStep]:
    """The rows of a log; none where there is none. A row that does not read is left out: a log must not stop a training."""
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return []
    found = (_parse(row) for row in csv.DictReader(io.StringIO(text)))
    return [row for row in found if row is not None]


def write_log(path: Path, rows: Sequence[LoggedStep]) -> None:
    """Replace a log and its summary, each whole or not at all; nothing else may be writing it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(astuple(row) for row in rows)
    write_atomically(path, stream.getvalue().encode(), flush=False)
    summary = json.dumps(summarise(rows), indent=2).encode() + b"\n"
    write_atomically(path.with_name(SUMMARY), summary, flush=False)


def remove_halves(path: Path) -> None:
    """Remove what a killed process left half written beside a log that this process alone may write."""
    for name in (path.name, SUMMARY):
        for leftover in path.parent.glob(f".{name}.*"):
            leftover.unlink(missing_ok=True)


def summarise(rows: Sequence[LoggedStep]) -> dict[str, Any]:
    """One entry per stage, in the order of the log: how far it is, its losses, and its speed."""
    return {"format": 1, "stages": [_summarise_stage(_of(rows, stage)) for stage in _stages(rows)]}


def adopt_rows(path: Path, source: Path) -> None:
    """Put the stages of another log first in this one, in place of what it had of them. Without such a log nothing changes."""
    new = read_log(source)
    remove_halves(path)
    if new:
        others = [row for row in read_log(path) if row.stage not in _stages(new)]
        write_log(path, [*new, *others])


def thin_losses(losses: Losses) -> list[list[float]]:
    """[step, loss] as round files have it: the first, the last, and at most some dozens, evenly, between them."""
    count = min(len(losses), _MOST_LOSSES)
    places = (round(place * (len(losses) - 1) / max(count - 1, 1)) for place in range(count))
    return [[losses[place][0], round(losses[place][1], 6)] for place in places]


def _stages(rows: Iterable[LoggedStep]) -> list[str]:
    return list(dict.fromkeys(row.stage for row in rows))


def _of(rows: Sequence[LoggedStep], stage: str) -> list[LoggedStep]:
    return [row for row in rows if row.stage == stage]


def _summarise_stage(rows: Sequence[LoggedStep]) -> dict[str, Any]:
    first, last = rows[0], rows[-1]
    return {
        "stage": last.stage,
        "step": last.step,
        "steps": last.steps,
        "first_loss": first.loss,
        "last_loss": last.loss,
        "tokens": last.tokens,
        "seconds": last.seconds,
        "tokens_per_second": round(last.tokens / last.seconds, 1) if last.seconds else None,
    }


def _parse(row: dict[str, Any]) -> LoggedStep | None:
    try:
        return LoggedStep(
            row["stage"],
            int(row["step"]),
            int(row["steps"]),
            float(row["epoch"]),
            float(row["loss"]),
            _number(row["learning_rate"]),
            _number(row["gradient_norm"]),
            int(row["tokens"]),
            float(row["seconds"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _number(text: str) -> float | None:
    return float(text) if text else None
