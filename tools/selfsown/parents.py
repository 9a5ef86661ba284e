"""Finding the conversation that a rework names, in this submission or in the base, where it is at hand."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from selfsown.corpus import Corpus, stream_ids
from selfsown.material import Material
from selfsown.rulebook import Rulebook

# A draft may be of any size; beyond this it is not searched.
_MOST_BYTES = 4 << 20
_SHARDS_AT_HAND = 16


def conversation_finder(
    materials: Sequence[Material],
    added: Mapping[str, tuple[tuple[str, int], ...]],
    corpus: Corpus,
    rulebook: Rulebook,
) -> Callable[[str], Mapping[str, Any] | None]:
    """A function from id to the record of a conversation that fits the schema, or None."""
    by_path = {material.path: material for material in materials if material.size}  # of a removed file, the base knows

    @lru_cache(maxsize=_SHARDS_AT_HAND)
    def lines_of(path: str) -> Mapping[str, bytes]:
        return _lines_by_id(_read(by_path.get(path), path, corpus))

    def find(name: str) -> Mapping[str, Any] | None:
        place = added[name][0][0] if name in added else corpus.known.get(name)
        line = None if place is None else lines_of(place).get(name)
        if line is None:
            return None
        record = orjson.loads(line)
        return record if rulebook.schemas["conversation"].accepts(record) else None

    return find


def _read(material: Material | None, path: str, corpus: Corpus) -> bytes:
    if material is None:
        return corpus.read_shard(path) or b""
    if material.size > _MOST_BYTES:
        return b""
    with material.open() as stream:
        return stream.read(_MOST_BYTES)


def _lines_by_id(content: bytes) -> dict[str, bytes]:
    lines = content.split(b"\n")
    found: dict[str, bytes] = {}
    for number, name in stream_ids(io.BytesIO(content)):
        found.setdefault(name, lines[number - 1])
    return found
