"""Checkpoints that count: a marker with the hashes of its files is written once a checkpoint is whole.

The trainer writes files straight into `checkpoint-N`; after a kill the newest one may be cut, and one that lacks its
optimiser resumes silently with another result. Only a checkpoint whose marker agrees with its files is resumed from, and
only by as many processes as wrote it: each has random numbers of its own, so that others would end with other bits.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from pathlib import Path
from typing import Any

from transformers import PrinterCallback, TrainerCallback

from selfsown.errors import SelfsownError
from selfsown.shard import write_atomically
from selfsown_train.distributed import from_first, is_first, is_sharded, processes, wait

_MARKER = "OK.json"


class MarkComplete(TrainerCallback):  # type: ignore[misc]
    """Writes the marker after the trainer has written a checkpoint."""

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """The files of this process are on disk; the marker waits for those of all."""
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        wait()
        if is_first() and folder.is_dir():
            marker = {"files": _hashes(folder), "written_by": _writers()}
            write_atomically(folder / _MARKER, json.dumps(marker, sort_keys=True).encode())


def train_to_end(trainer: Any, folder: Path, stage: str) -> tuple[tuple[int, float], ...]:
    """Run a trainer from the newest whole checkpoint in `folder` to its end; the losses by step.

    Raises SelfsownError where one of them is no number.
    """
    trainer.remove_callback(PrinterCallback)
    resume = from_first(lambda: newest_complete(folder))
    trainer.train(resume_from_checkpoint=None if resume is None else str(resume))
    losses = tuple((int(entry["step"]), float(entry["loss"])) for entry in trainer.state.log_history if "loss" in entry)
    if not all(math.isfinite(loss) for _, loss in losses):
        raise SelfsownError(f"{stage}: the loss is not finite", "lower its learning rate in the recipe")
    return losses


def newest_complete(folder: Path) -> Path | None:
    """The newest checkpoint that is whole; those that are not are removed.

    Raises SelfsownError where it is whole and was written by another number of processes.
    """
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]), reverse=True)
    for path in found:
        writers = _complete_writers(path)
        if writers == _writers():
            return path
        if writers is not None:
            raise SelfsownError(
                f"the training that broke off was done by {writers}, and this is {_writers()}: {folder}",
                f"go on with {writers}, or remove that folder to begin again",
            )
        shutil.rmtree(path)
    return None


def _writers() -> str:
    number = processes()
    return f"{number} process{'es' if number > 1 else ''}" + (" with --fsdp" if is_sharded() else "")


def _complete_writers(folder: Path) -> str | None:
    """Who wrote a checkpoint; None where it is not whole."""
    try:
        marker = json.loads((folder / _MARKER).read_bytes())
        is_whole = marker["files"] == _hashes(folder)
        return str(marker["written_by"]) if is_whole else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != _MARKER
    }
