"""Adapters on disk: safetensors and a config, kept under their digest, checked before anything is loaded from them.

An adapter comes from training on this machine, or from elsewhere (a hub, a colleague, a workflow). Either way it is looked
at from outside first: which files, whether they are the ones that the round file names, what the config asks for, what the
header says of the tensors. Only LoRA on linear layers is let in; whatever else peft can load (a layer of its own, a saved
module, code by name, another base) is refused.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from selfsown.canonical import canonical_bytes
from selfsown.render.inert import visible
from selfsown.shard import write_atomically
from selfsown_train.base_files import hash_file
from selfsown_train.lora_tensors import BadAdapter, read_pairs

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
FILES = (CONFIG, WEIGHTS)
_PICKLED = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz", ".msgpack", ".h5")
MOST_CONFIG = 64 * 1024
_MOST_RANK = 4096
_LEFTOVER_SECONDS = 24 * 60 * 60

# What a config may say: of these a value of that kind, of all else only what means nothing (or is written by every peft).
_FREE: Mapping[str, tuple[type, ...]] = {
    "fan_in_fan_out": (bool,),
    "inference_mode": (bool,),
    "lora_alpha": (int, float),
    "lora_dropout": (int, float),
    "r": (int,),
    "use_rslora": (bool,),
}
_FIXED: Mapping[str, tuple[Any, ...]] = {
    "base_model_name_or_path": ("", None),
    "bias": ("none",),
    "init_lora_weights": (True, False),
    "megatron_core": ("megatron.core",),
    "peft_type": ("LORA",),
    "qalora_group_size": (16,),
    "task_type": ("CAUSAL_LM",),
}
_NOTHING: tuple[Any, ...] = (None, False, "", [], {})
_WORD = re.compile(r"[A-Za-z0-9_.+-]{1,200}")


def adapters_folder(root: Path) -> Path:
    """Where the adapters of a checkout lie, each in a folder that is named by its digest."""
    return root / ".selfsown" / "adapters"


def place_of(store: Path, named: Mapping[str, Any]) -> Path:
    """Where in a store an adapter lies, or would lie; `named` is what a round file says of it."""
    return store / str(named["digest"])


def write_adapter(model: Any, store: Path) -> dict[str, Any]:
    """Keep the adapter of a peft model in `store` (see adapters_folder); return {"digest", "files"}."""
    clear_leftovers(store)
    with tempfile.TemporaryDirectory(dir=store, prefix=".saved-") as saved:
        save_adapter(model, Path(saved) / "adapter")
        return keep_adapter(Path(saved) / "adapter", store)


def save_adapter(model: Any, folder: Path) -> None:
    """Write the adapter of a peft model into a folder that is not there yet.

    peft writes target modules in set order and the local path of the base; both are put in order, so that the same
    weights have the same digest everywhere.
    """
    model.save_pretrained(str(folder), selected_adapters=["default"], safe_serialization=True)
    config = orjson.loads((folder / CONFIG).read_bytes())
    config["target_modules"] = sorted(config["target_modules"])
    config["base_model_name_or_path"] = ""
    config["revision"] = None
    readable = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    write_atomically(folder / CONFIG, orjson.dumps(config, option=readable))
    for path in folder.iterdir():
        if path.name not in FILES:
            path.unlink()


def keep_adapter(found: Path, store: Path) -> dict[str, Any]:
    """Copy an adapter to its digest in `store`, there whole or not at all; return {"digest", "files"}.

    One that is there already stays. Raises BadAdapter where `found` holds none.
    """
    record = read_digests(found)
    check_adapter(found, record)
    folder = place_of(store, record)
    if holds_adapter(folder, record):
        return record
    clear_leftovers(store)
    staging = Path(tempfile.mkdtemp(dir=store, prefix=f".{record['digest']}."))
    try:
        for name in FILES:
            shutil.copyfile(found / name, staging / name)
            with (staging / name).open("rb") as file:
                os.fsync(file.fileno())
        staging.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return record


def clear_leftovers(store: Path) -> None:
    """Make the store, and remove what a kill left half written there a day ago or before."""
    store.mkdir(parents=True, exist_ok=True)
    for path in store.glob(".*"):
        if time.time() - path.stat().st_mtime > _LEFTOVER_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def read_digests(folder: Path) -> dict[str, Any]:
    """{"digest", "files"} of an adapter folder. Raises BadAdapter where it holds anything but the two plain files."""
    _check_names(folder)
    files = {name: hash_file(folder / name) for name in FILES}
    return {"digest": digest_of(files), "files": files}


def digest_of(files: Mapping[str, str]) -> str:
    """The digest of an adapter with these files (name to SHA-256)."""
    return hashlib.sha256(canonical_bytes(dict(files))).hexdigest()


def check_adapter(folder: Path, expected: Mapping[str, Any]) -> Path:
    """The folder, if it holds a LoRA adapter and exactly what its round says. Raises BadAdapter before any tensor is read."""
    _check_names(folder)
    pairs = read_pairs(folder / WEIGHTS)
    config = _read_config(folder)
    named = set(config["target_modules"])
    for module, pair in pairs.items():
        if pair.rank != config["r"] or not any(tail in named for tail in _tails(module)):
            raise BadAdapter(folder, f"{module} is not among the layers that its config names, with the rank there")
    found = read_digests(folder)
    if found != {"digest": expected["digest"], "files": dict(expected["files"])}:
        differ = [name for name in FILES if found["files"][name] != expected["files"].get(name)]
        raise BadAdapter(folder, f"it is not the one its round names (digest differs: {', '.join(differ) or 'of all'})")
    return folder


def _tails(module: str) -> list[str]:
    """What a config can call a layer: `a.b.c`, `b.c` or `c`."""
    parts = module.split(".")
    return [".".join(parts[at:]) for at in range(len(parts))]


def holds_adapter(folder: Path, expected: Mapping[str, Any]) -> bool:
    """Whether the folder holds exactly what a round names."""
    try:
        return folder.is_dir() and bool(check_adapter(folder, expected))
    except BadAdapter:
        return False


def _check_names(folder: Path) -> None:
    """Two plain files, and nothing else: no link, no folder, no pickle."""
    found = {path.name: path.lstat().st_mode for path in folder.iterdir()} if folder.is_dir() else {}
    for name in sorted(found):
        if name.endswith(_PICKLED):
            raise BadAdapter(folder, f"{visible(name, 80)} is a kind of file that can carry a program")
        if stat.S_ISLNK(found[name]):
            raise BadAdapter(folder, f"{visible(name, 80)} is a link")
        if name not in FILES:
            raise BadAdapter(folder, f"{visible(name, 80)} does not belong to it ({' and '.join(FILES)} do)")
        if not stat.S_ISREG(found[name]):
            raise BadAdapter(folder, f"{name} is no plain file")
    missing = [name for name in FILES if name not in found]
    if missing:
        raise BadAdapter(folder, f"{' and '.join(missing)} is missing")


def _read_config(folder: Path) -> dict[str, Any]:
    """The config, if it says nothing but which layers have LoRA of what rank."""
    path = folder / CONFIG
    if path.stat().st_size > MOST_CONFIG:
        raise BadAdapter(folder, f"{CONFIG} has {path.stat().st_size} bytes")
    try:
        config = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise BadAdapter(folder, f"{CONFIG} does not read: {error}") from error
    if not isinstance(config, dict):
        raise BadAdapter(folder, f"{CONFIG} is no object")
    for name, value in config.items():
        if not _is_allowed(name, value):
            said = visible(orjson.dumps(value).decode(), 60)
            raise BadAdapter(folder, f"its config has {visible(name, 40)} = {said}, which is not loaded here")
    missing = [name for name in ("peft_type", "task_type", "r", "lora_alpha", "target_modules") if name not in config]
    if missing:
        raise BadAdapter(folder, f"its config says nothing of {', '.join(missing)}")
    return config


def _is_allowed(name: str, value: Any) -> bool:
    if name in _FREE:
        is_small = isinstance(value, bool) or (isinstance(value, int | float) and 0 <= value <= _MOST_RANK)
        return type(value) in _FREE[name] and is_small
    if name in _FIXED:
        return any(value is one or (value == one and type(value) is type(one)) for one in _FIXED[name])
    if name == "target_modules":
        return isinstance(value, list) and all(isinstance(one, str) and _WORD.fullmatch(one) for one in value)
    if name == "peft_version":
        return isinstance(value, str) and bool(_WORD.fullmatch(value))
    return any(value == nothing and type(value) is type(nothing) for nothing in _NOTHING)
