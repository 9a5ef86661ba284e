"""Adapters on disk: safetensors and a config, named by digest, checked before anything is loaded from them."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from selfsown.canonical import canonical_bytes
from selfsown.errors import SelfsownError
from selfsown.shard import write_atomically

FILES = ("adapter_config.json", "adapter_model.safetensors")


def write_adapter(model: Any, folder: Path) -> dict[str, Any]:
    """Save the adapter of a peft model and return {"digest", "files"}: SHA-256 of each file, and of all of them.

    peft writes target modules in set order and the local path of the base; both are put in order first, so that the
    same weights have the same digest everywhere.
    """
    staging = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(staging, ignore_errors=True)
    model.save_pretrained(str(staging), selected_adapters=["default"], safe_serialization=True)
    config = json.loads((staging / "adapter_config.json").read_text(encoding="utf-8"))
    config["target_modules"] = sorted(config["target_modules"])
    config["base_model_name_or_path"] = ""
    config["revision"] = None
    write_atomically(staging / "adapter_config.json", json.dumps(config, indent=2, sort_keys=True).encode() + b"\n")
    for path in staging.iterdir():
        if path.name not in FILES:
            path.unlink()
    record = read_digests(staging)
    shutil.rmtree(folder, ignore_errors=True)
    staging.rename(folder)
    return record


def read_digests(folder: Path) -> dict[str, Any]:
    """{"digest", "files"} of an adapter folder. Raises SelfsownError where a file is missing or does not belong."""
    found = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if found != sorted(FILES):
        raise SelfsownError(
            f"{folder} holds {', '.join(found) or 'nothing'}, not {' and '.join(FILES)}",
            "train the round again (`selfsown train`), or bring the adapter back",
        )
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    return {"digest": hashlib.sha256(canonical_bytes(files)).hexdigest(), "files": files}


def check_adapter(folder: Path, expected: dict[str, Any]) -> Path:
    """The folder, if it holds exactly what its round says. Raises SelfsownError before any tensor is read."""
    if read_digests(folder) != expected:
        raise SelfsownError(
            f"the adapter in {folder} is not the one its round names (digest differs)",
            "do not load it; train the round again from its file",
        )
    return folder
