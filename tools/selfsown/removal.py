"""What a submission takes out of the corpus, held against the base: which lines go, and which only move.

A withdrawal replaces shards: the old ones go, and what is not withdrawn stands byte for byte in new ones. What moves was
reviewed when it came, so nobody looks at it again; what goes has to be named by a tombstone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import orjson

from selfsown.corpus import WITHDRAWN_PATH, Corpus, line_id
from selfsown.shard import SHARD_PATH
from selfsown.submission import Change

MOST_SHARDS = 16  # that one submission may remove: their lines are held in memory


@dataclass(frozen=True, slots=True)
class Removed:
    """A shard of the base that a submission removes.

    `gone` are its withdrawn lines, `moved` counts those that a shard of the submission has, and `lost` are the numbers
    (from 1) of those that are neither.
    """

    path: str
    kind: str
    gone: tuple[bytes, ...]
    moved: int
    lost: tuple[int, ...]

    @property
    def whose(self) -> tuple[str, ...]:
        """Who is named as the contributor of what goes, or as its rater, sorted; hostile text."""
        records = (read_line(line) for line in self.gone)
        names = {record.get("contributor") or record.get("rater") for record in records}
        return tuple(sorted(name for name in names if isinstance(name, str)))


@dataclass(frozen=True, slots=True)
class Removals:
    """Everything a submission removes: shards by path, the lines that only move, how many shards go in all.

    Beyond MOST_SHARDS none is read. `withdrawn` are the ids of the tombstones that the submission brings.
    """

    shards: Mapping[str, Removed] = field(default_factory=dict)
    moved: frozenset[bytes] = frozenset()
    count: int = 0
    withdrawn: frozenset[str] = frozenset()

    def only_moves(self, content: bytes | None) -> bool:
        """Whether a shard brings nothing but lines that the base has already."""
        return bool(self.moved and content) and all(line in self.moved for line in lines_of(content or b""))


def read_removals(changes: Iterable[Change], corpus: Corpus) -> Removals:
    """Hold what is removed against the tombstones, those of the base and those that come along, and what is added."""
    known = list(changes)
    added = [change for change in known if change.status == "A"]
    names = (WITHDRAWN_PATH.fullmatch(change.path) for change in added)
    named = frozenset(match["id"] for match in names if match)
    paths = [change.path for change in known if change.status == "D" and SHARD_PATH.fullmatch(change.path)]
    if not paths or len(paths) > MOST_SHARDS:
        return Removals(count=len(paths), withdrawn=named)
    contents = {path: corpus.read_shard(path) for path in paths}
    there = {path: lines_of(content) for path, content in contents.items() if content is not None}
    new = {line for change in added if SHARD_PATH.fullmatch(change.path) for line in lines_of(change.content or b"")}
    gone = corpus.withdrawn | named
    shards = {path: _removed(path, lines, new, gone) for path, lines in there.items()}
    moved = frozenset(new.intersection(line for lines in there.values() for line in lines))
    return Removals(shards, moved, len(paths), named)


def _removed(path: str, lines: list[bytes], new: Set[bytes], gone: Set[str]) -> Removed:
    withdrawn = [line for line in lines if line_id(line) in gone]
    lost = [number for number, line in enumerate(lines, 1) if line not in new and line_id(line) not in gone]
    moved = sum(line in new for line in lines)
    return Removed(path, path.split("/")[1], tuple(withdrawn), moved, tuple(lost))


def lines_of(content: bytes) -> list[bytes]:
    """The lines of a shard, each with its line feed. Only a line feed ends a line."""
    return [line + b"\n" for line in content.split(b"\n") if line]


def read_line(line: bytes) -> Mapping[str, Any]:
    """The record of a line of the base; an empty one where it does not read."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return record if isinstance(record, dict) else {}
