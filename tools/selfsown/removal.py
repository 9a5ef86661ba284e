"""What a submission takes out of the corpus, held against the base: which lines go, and which only move.

A withdrawal replaces shards: the old ones go, and what is not withdrawn stands byte for byte in new ones. What moves was
reviewed when it came, so nobody looks at it again; what goes has to be named by a tombstone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
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
    new = {change.path: lines_of(change.content or b"") for change in added if SHARD_PATH.fullmatch(change.path)}
    gone = corpus.withdrawn | named
    moved = _find_moved(there, new, gone)
    shards = {path: _removed(path, lines, moved, gone) for path, lines in there.items()}
    return Removals(shards, moved, len(paths), named)


def _find_moved(
    there: Mapping[str, Sequence[bytes]], new: Mapping[str, Sequence[bytes]], gone: Set[str]
) -> frozenset[bytes]:
    """The lines that stand in a new shard of the same kind, not oftener than before. What is withdrawn moves nowhere."""
    before, after = _count(there), _count(new)
    seen = Counter(line for lines in new.values() for line in lines)
    return frozenset(
        line
        for (kind, line), times in before.items()
        if 0 < after[kind, line] <= times and seen[line] == after[kind, line] and line_id(line) not in gone
    )


def _count(shards: Mapping[str, Sequence[bytes]]) -> Counter[tuple[str, bytes]]:
    return Counter((_kind_of(path), line) for path, lines in shards.items() for line in lines)


def _removed(path: str, lines: Sequence[bytes], moved: Set[bytes], gone: Set[str]) -> Removed:
    withdrawn = [line for line in lines if line_id(line) in gone]
    lost = [number for number, line in enumerate(lines, 1) if line not in moved and line_id(line) not in gone]
    return Removed(path, _kind_of(path), tuple(withdrawn), sum(line in moved for line in lines), tuple(lost))


def _kind_of(path: str) -> str:
    return path.split("/")[1]


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
