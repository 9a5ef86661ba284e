"""From conversations to submissions: branches with one commit that only adds shards.

The same conversations give the same branch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from selfsown.corpus import known_ids
from selfsown.errors import UsageError
from selfsown.policy import Limits
from selfsown.repo import Repository
from selfsown.shard import Line, Shard, pack_lines

PREFIX = "submit/"


@dataclass(frozen=True, slots=True)
class Batch:
    """The files of one submission: shards, and the source files that the base does not have yet."""

    source: str
    shards: tuple[Shard, ...]
    source_files: tuple[Shard, ...] = ()

    @property
    def branch(self) -> str:
        """`submit/<source>-<digest12>`, where the digest covers the names of the shards, and these their content."""
        names = "\n".join(sorted(shard.path for shard in self.shards))
        return f"{PREFIX}{self.source}-{hashlib.sha256(names.encode()).hexdigest()[:12]}"

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the conversations it brings."""
        return frozenset(known_ids(self.shards))

    @property
    def records(self) -> int:
        """How many conversations it brings."""
        return sum(shard.records for shard in self.shards)

    @property
    def size(self) -> str:
        """How many conversations it brings, in words."""
        return f"{self.records} conversation" + ("" if self.records == 1 else "s")

    @property
    def message(self) -> str:
        """The commit message: fixed words and numbers, nothing of a conversation."""
        return f"Add {self.size} from {self.source}"


def pack_batches(records: Iterable[Line], source_files: dict[str, Shard], limits: Limits) -> Iterator[Batch]:
    """Pack records into as few submissions as the limits allow, one source each, in the order of ids."""
    by_source: dict[str, list[Line]] = {}
    for record in sorted(records, key=lambda record: record.id):
        by_source.setdefault(record.source, []).append(record)
    for source, group in sorted(by_source.items()):
        files = tuple(source_files[name] for name in [source] if name in source_files)
        for start in range(0, len(group), limits.submission_records):
            shards = pack_lines("original", group[start : start + limits.submission_records], limits)
            room = limits.submission_bytes - sum(len(file.content) for file in files)
            yield from (Batch(source, part, files) for part in _within_limits(shards, limits.submission_shards, room))


def _within_limits(shards: Iterable[Shard], most: int, room: int) -> Iterator[tuple[Shard, ...]]:
    """Groups of at most `most` shards with at most `room` bytes."""
    batch: list[Shard] = []
    for shard in shards:
        if batch and (len(batch) == most or sum(len(entry.content) for entry in [*batch, shard]) > room):
            yield tuple(batch)
            batch = []
        batch.append(shard)
    if batch:
        yield tuple(batch)


def write_batches(repository: Repository, base: str, batches: Sequence[Batch], most: int) -> list[tuple[Batch, bool]]:
    """Write a branch per batch; return each with whether it is new. Raises UsageError, and writes nothing, beyond `most`."""
    if len(batches) > most:
        raise UsageError(
            f"this needs {len(batches)} submissions, because one holds a limited number of conversations",
            f"allow them with --batches {len(batches)}, or submit a part",
        )
    written = []
    for batch in batches:
        is_new = not repository.branch_exists(batch.branch)
        if is_new:
            repository.write_submission(base, batch.branch, [*batch.source_files, *batch.shards], batch.message)
        written.append((batch, is_new))
    return written
