"""Adapter folders of a few hundred bytes, sound or not, written without any library that reads them."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from selfsown_train.adapter import CONFIG, FILES, WEIGHTS, digest_of

RANK, INPUTS, OUTPUTS = 2, 6, 4
A, B = (f"base_model.model.model.layers.0.q_proj.lora_{half}.weight" for half in "AB")
SOUND = {
    "peft_type": "LORA",
    "task_type": "CAUSAL_LM",
    "base_model_name_or_path": "",
    "r": RANK,
    "lora_alpha": 4,
    "lora_dropout": 0.0,
    "target_modules": ["q_proj"],
    "modules_to_save": None,
    "auto_mapping": None,
    "bias": "none",
    "megatron_core": "megatron.core",
    "peft_version": "0.21.2",
    "rank_pattern": {},
}
TENSORS = {A: ("F32", [RANK, INPUTS]), B: ("F32", [OUTPUTS, RANK])}
SIZES = {"F32": 4, "I64": 8, "F16": 2, "BF16": 2}


def pack(tensors: Mapping[str, tuple[str, list[int]]], *, behind: bytes = b"", **facts: Any) -> bytes:
    """A safetensors file of zeros; `facts` change the header."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, (kind, shape) in tensors.items():
        count = SIZES[kind]
        for size in shape:
            count *= size
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [at, at + count]}
        at += count
    text = json.dumps(header | facts).encode()
    return struct.pack("<Q", len(text)) + text + bytes(at) + behind


def write(folder: Path, weights: bytes | None = None, **config: Any) -> dict[str, Any]:
    """An adapter folder, and what a round file says of it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG).write_text(json.dumps({**SOUND, **config}))
    (folder / WEIGHTS).write_bytes(weights or pack(TENSORS))
    return describe(folder)


def describe(folder: Path) -> dict[str, Any]:
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    return {"digest": digest_of(files), "files": files}
