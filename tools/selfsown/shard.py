"""Shards: immutable, content-addressed files of records. The name carries the digest of the content.

`corpus/<kind>/<YYYY-MM>/<hh>/<source>-<digest12>.jsonl`, where hh are the first two of the twelve hex digits. Two
submissions can never conflict: they share a path only if the bytes are the same.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol

from selfsown.canonical import canonical_line
from selfsown.policy import Limits

KINDS = ("original", "rework", "ratings")
OPEN_SHARDS = 64
LEFTOVER_SECONDS = 60

SHARD_PATH = re.compile(
    r"corpus/(?P<kind>original|rework|ratings)/(?P<month>[0-9]{4}-(?:0[1-9]|1[0-2]))/(?P<fan>[0-9a-f]{2})/"
    r"(?P<source>[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?)-(?P<digest>[0-9a-f]{12})\.jsonl"
)


class Record(Protocol):
    """Anything that is a line of a shard."""

    @property
    def id(self) -> str:
        """The content id."""

    @property
    def source(self) -> str:
        """The source it names."""

    @property
    def created(self) -> str:
        """Its day."""

    def to_json(self) -> dict[str, Any]:
        """The record as JSON."""


@dataclass(frozen=True, slots=True)
class Line:
    """A record as its canonical line, with what decides about its shard."""

    id: str
    source: str
    created: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Shard:
    """The path of a shard in the repository and its bytes."""

    path: str
    content: bytes

    @property
    def records(self) -> int:
        """How many lines it has."""
        return self.content.count(b"\n")


@dataclass(slots=True)
class _OpenShard:
    """A shard that is being filled: its lines by id, and their size in bytes."""

    lines: dict[str, bytes] = field(default_factory=dict)
    size: int = 0


def digest12(content: bytes) -> str:
    """The twelve hex digits in a shard's name."""
    return hashlib.sha256(content).hexdigest()[:12]


def shard_path(kind: str, month: str, source: str, content: bytes) -> str:
    """Where a shard of this content belongs."""
    digest = digest12(content)
    return f"corpus/{kind}/{month}/{digest[:2]}/{source}-{digest}.jsonl"


def pack_shards(kind: str, records: Iterable[Record], limits: Limits) -> Iterator[Shard]:
    """Pack records into shards within the limits, a shard as soon as it is full; one source and one month per shard.

    Records are sorted by id within a shard, so that the same records give the same name. At most OPEN_SHARDS are held
    open, the oldest is closed for the next: hostile input may name a source per line. Raises ValueError on a record
    over the limit: the caller refuses those by name first.
    """
    return pack_lines(kind, map(line_of, records), limits)


def line_of(record: Record) -> Line:
    """The line of a record."""
    data = record.to_json()
    return Line(data["id"], record.source, record.created, canonical_line(data))


def pack_lines(kind: str, lines: Iterable[Line], limits: Limits) -> Iterator[Shard]:
    """`pack_shards` for records that are lines already."""
    open_shards: dict[tuple[str, str], _OpenShard] = {}
    for one in lines:
        name, line = one.id, one.content
        if len(line) > limits.record_bytes:
            raise ValueError(f"{name} has {len(line)} bytes, over the limit of {limits.record_bytes}")
        key = (one.created[:7], one.source)
        shard = open_shards.get(key)
        if shard is None or len(shard.lines) == limits.shard_records or shard.size + len(line) > limits.shard_bytes:
            if shard is not None:
                yield _close(kind, key, shard)
            elif len(open_shards) == OPEN_SHARDS:
                oldest = next(iter(open_shards))
                yield _close(kind, oldest, open_shards.pop(oldest))
            shard = open_shards[key] = _OpenShard()
        shard.size += len(line) - len(shard.lines.get(name, b""))
        shard.lines[name] = line
    for key, shard in sorted(open_shards.items(), key=itemgetter(0)):
        yield _close(kind, key, shard)


def _close(kind: str, key: tuple[str, str], shard: _OpenShard) -> Shard:
    content = b"".join(shard.lines[name] for name in sorted(shard.lines))
    return Shard(shard_path(kind, key[0], key[1], content), content)


def write_shard(root: Path, shard: Shard) -> Path:
    """Write a shard below `root` (which holds `corpus/`), whole or not at all. Writing it again changes nothing."""
    path = root / shard.path
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, shard.content)
    return path


def write_shards(root: Path, shards: Iterable[Shard]) -> Iterator[Shard]:
    """Write many shards, yielding each when it is there; one flush of the disk at the end stands for one per shard.

    A killed process leaves whole shards. After a power cut during the run a shard may be torn: its name tells.
    """
    try:
        for shard in shards:
            path = root / shard.path
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, shard.content, flush=False)
            yield shard
    finally:
        if hasattr(os, "sync"):
            os.sync()


def remove_leftovers(root: Path) -> None:
    """Remove what killed processes left half written below `root`/corpus; a live one needs milliseconds for a shard."""
    for kind in KINDS:
        remove_old((root / "corpus" / kind).glob("*/*/.*.jsonl.*"))


def remove_old(paths: Iterable[Path]) -> None:
    """Remove files that nobody can be writing any more."""
    for path in paths:
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > LEFTOVER_SECONDS:
                path.unlink()


def write_atomically(path: Path, content: bytes, *, flush: bool = True, staging: Path | None = None) -> None:
    """Replace `path` by `content` so that a crash leaves the old file or the new one, never a mixture.

    `flush` False leaves it to the caller to flush the disk: then only a power cut can tear the file. It is written in
    `staging` first (a folder of the same disk; None: the one of `path`), where a killed process may leave half of it.
    """
    handle, name = tempfile.mkstemp(dir=staging or path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            if flush:
                stream.flush()
                os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if flush:
        _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """Make a rename outlast a power cut. Where a file system cannot, the rename is atomic all the same."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with suppress(OSError):
                os.fsync(handle)
        finally:
            os.close(handle)
