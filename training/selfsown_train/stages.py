"""A stage of long work is a folder that is there whole or not at all.

It is made beside its place and renamed into it with DONE.json, which holds the key of its inputs, the outcome and the
SHA-256 of every file. A stage whose key and files agree is not done again; any other is. Nothing is flushed to the disk
but DONE.json: after a power cut the hashes tell. Where several processes train, all of them work, and the first one
looks, writes and renames.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from selfsown.canonical import canonical_bytes
from selfsown.shard import write_atomically
from selfsown_train.base_files import DONE, hash_file
from selfsown_train.distributed import from_first, is_first

Work = Callable[[Path], Mapping[str, Any]]


def stage_key(*parts: Any) -> str:
    """Sixteen hex digits over everything that decides the outcome of a stage."""
    return hashlib.sha256(canonical_bytes(parts)).hexdigest()[:16]


def run_stage(folder: Path, key: str, work: Work) -> dict[str, Any]:
    """The outcome of the stage in `folder`: as it was left, where that was with this key, else made now by `work`.

    `work` runs in every process, gets an empty folder that the first one fills, and returns the outcome, which has to be
    JSON. If it raises, no stage is left.
    """
    known = from_first(lambda: read_outcome(folder, key))
    if known is not None:
        return known
    staging = from_first(lambda: _prepare(folder))
    try:
        outcome = dict(work(staging))
        return from_first(lambda: _finish(staging, folder, key, outcome))
    finally:
        if is_first():
            shutil.rmtree(staging, ignore_errors=True)


def read_outcome(folder: Path, key: str) -> dict[str, Any] | None:
    """The outcome of a stage that was done with this key and whose files are unchanged, else None."""
    try:
        done = json.loads((folder / DONE).read_bytes())
        is_whole = done["key"] == key and done["files"] == file_digests(folder)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    outcome: dict[str, Any] = done["outcome"]
    return outcome if is_whole else None


def file_digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder but DONE.json, by its path from there."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / DONE)
    return {path.relative_to(folder).as_posix(): hash_file(path) for path in paths}


def _prepare(folder: Path) -> Path:
    """An empty folder beside the place, without those that a kill left there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for leftover in folder.parent.glob(f".{folder.name}.*.partial"):
        shutil.rmtree(leftover, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.", suffix=".partial"))


def _finish(staging: Path, folder: Path, key: str, outcome: dict[str, Any]) -> dict[str, Any]:
    done = {"key": key, "outcome": outcome, "files": file_digests(staging)}
    write_atomically(staging / DONE, json.dumps(done, sort_keys=True, indent=2).encode() + b"\n")
    staging.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
    staging.rename(folder)
    return outcome
