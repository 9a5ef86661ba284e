"""Checkpoints that count: a marker with the hashes of its files is written once a checkpoint is whole.

The trainer writes files straight into `checkpoint-N`; after a kill the newest one may be cut, and one that lacks its
optimiser resumes silently with another result. Only a checkpoint whose marker agrees with its files is resumed from.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from selfsown.shard import write_atomically

_MARKER = "OK.json"


class MarkComplete(TrainerCallback):  # type: ignore[misc]
    """Writes the marker after the trainer has written a checkpoint."""

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """The checkpoint of this step is on disk."""
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if folder.is_dir():
            write_atomically(folder / _MARKER, json.dumps(_hashes(folder), sort_keys=True).encode())


def newest_complete(folder: Path) -> Path | None:
    """The newest checkpoint that is whole; those that are not are removed."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]), reverse=True)
    for path in found:
        if _is_complete(path):
            return path
        shutil.rmtree(path)
    return None


def _is_complete(folder: Path) -> bool:
    try:
        expected = json.loads((folder / _MARKER).read_bytes())
    except (OSError, ValueError):
        return False
    return bool(expected == _hashes(folder))


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != _MARKER
    }
