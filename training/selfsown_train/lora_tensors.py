"""What the weights of an adapter are, read from the header of their file alone: no tensor is looked at, no memory is taken.

A safetensors file is the length of a JSON header (8 bytes), the header, and the tensors without a gap. Here each has to be
one half (A or B) of a LoRA pair on a linear layer, of the adapter's rank, in a floating point type; and, beside a base, of
the shape of that base's layer. See https://huggingface.co/docs/safetensors (format).
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from selfsown.errors import SelfsownError
from selfsown.render.inert import visible

MOST_HEADER = 8 * 1024 * 1024  # bytes; an adapter on every layer of a very large model stays under 1 MiB
_SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
_NAME = re.compile(r"base_model\.model\.(?P<module>[A-Za-z0-9_.]{1,200})\.lora_(?P<half>[AB])\.weight")
_PICKLES = (b"\x80", b"PK\x03\x04", b"PK\x05\x06", b"(dp", b"(lp", b"\x1f\x8b", b"cos\n", b"cposix")


class BadAdapter(SelfsownError):
    """An adapter that is not loaded; nothing was read from it but names, sizes and hashes."""

    def __init__(self, place: Path, why: str) -> None:
        super().__init__(
            f"the adapter in {place} is refused: {why}",
            "do not load it; bring it again (`selfsown round pull`), or train it again (`selfsown round reproduce`)",
        )


@dataclass(frozen=True, slots=True)
class Pair:
    """A LoRA pair on a layer that takes `inputs` values and gives `outputs`."""

    inputs: int
    outputs: int
    rank: int


def read_pairs(path: Path) -> dict[str, Pair]:
    """{module: pair} of an adapter's weights. Raises BadAdapter on anything that is not such a pair."""
    place = path.parent
    shapes: dict[str, dict[str, tuple[int, int]]] = {}
    for name, shape in _read_shapes(path).items():
        match = _NAME.fullmatch(name)
        if match is None:
            raise BadAdapter(place, f"{visible(name, 80)} is no half of a LoRA pair")
        shapes.setdefault(match["module"], {})[match["half"]] = shape
    pairs = {}
    for module, halves in shapes.items():
        if len(halves) < 2:
            raise BadAdapter(place, f"{module} has one half of a LoRA pair only")
        (rank, inputs), (outputs, other) = halves["A"], halves["B"]
        if rank != other:
            raise BadAdapter(place, f"the halves of {module} have the ranks {rank} and {other}")
        pairs[module] = Pair(inputs, outputs, rank)
    if not pairs:
        raise BadAdapter(place, "it holds no tensor")
    return pairs


def check_fits(place: Path, pairs: Mapping[str, Pair], layers: Mapping[str, tuple[int, int]]) -> None:
    """Raise BadAdapter unless every pair is on a layer of the base (`layers`: inputs, outputs) and has its shape."""
    for module, pair in pairs.items():
        if module not in layers:
            raise BadAdapter(place, f"its base has no linear layer {module}")
        if layers[module] != (pair.inputs, pair.outputs):
            inputs, outputs = layers[module]
            raise BadAdapter(place, f"{module} is {pair.inputs} by {pair.outputs}, in its base {inputs} by {outputs}")


def _read_shapes(path: Path) -> dict[str, tuple[int, int]]:
    """{name: shape} of every tensor, which lie without gap and overlap to the end of the file."""
    place, size = path.parent, path.stat().st_size
    with path.open("rb") as file:
        begin = file.read(9)
        if begin[8:] != b"{":
            kind = "a pickle or an archive" if begin.startswith(_PICKLES) else "no safetensors"
            raise BadAdapter(place, f"{path.name} is {kind}, whatever its name says")
        (length,) = struct.unpack("<Q", begin[:8])
        if not 2 <= length <= min(MOST_HEADER, size - 8):
            raise BadAdapter(place, f"{path.name} has a header of {length} bytes")
        header = b"{" + file.read(length - 1)
    try:
        record = orjson.loads(header)
    except orjson.JSONDecodeError as error:
        raise BadAdapter(place, f"the header of {path.name} does not read: {error}") from error
    record.pop("__metadata__", None)
    spans, shapes = [], {}
    for name, facts in record.items():
        shapes[name], span = _read_tensor(place, name, facts)
        spans.append(span)
    end = 0
    for begins, ends in sorted(spans):
        if begins != end:
            raise BadAdapter(place, f"the tensors of {path.name} overlap, or something lies between them")
        end = ends
    if 8 + length + end != size:
        raise BadAdapter(place, f"something lies behind the tensors of {path.name}")
    return shapes


def _read_tensor(place: Path, name: str, facts: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Shape and place of a tensor, held against each other."""
    shown = visible(name, 80)
    match facts:
        case {"dtype": str(kind), "shape": [int(rows), int(columns)], "data_offsets": [int(begins), int(ends)]}:
            if kind not in _SIZES:
                raise BadAdapter(place, f"{shown} holds {visible(kind, 20)}, not floating point numbers")
            if min(rows, columns) < 1 or ends - begins != math.prod((rows, columns, _SIZES[kind])):
                raise BadAdapter(place, f"{shown} has another size than its shape")
            return (rows, columns), (begins, ends)
        case _:
            raise BadAdapter(place, f"{shown} is no matrix")
