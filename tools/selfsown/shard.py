"""Shards: immutable, content-addressed files of records. The name carries the digest of the content.

`corpus/<kind>/<YYYY-MM>/<hh>/<source>-<digest12>.jsonl`, where hh are the first two of the twelve hex digits. Two
submissions can never conflict: they share a path only if the bytes are the same.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from selfsown.canonical import canonical_line
from selfsown.policy import Limits

KINDS = ("original", "rework", "ratings")

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
class Shard:
    """The path of a shard in the repository and its bytes."""

    path: str
    content: bytes

    @property
    def records(self) -> int:
        """How many lines it has."""
        return self.content.count(b"\n")


def digest12(content: bytes) -> str:
    """The twelve hex digits in a shard's name."""
    return hashlib.sha256(content).hexdigest()[:12]


def shard_path(kind: str, month: str, source: str, content: bytes) -> str:
    """Where a shard of this content belongs."""
    digest = digest12(content)
    return f"corpus/{kind}/{month}/{digest[:2]}/{source}-{digest}.jsonl"


def pack_shards(kind: str, records: Iterable[Record], limits: Limits) -> Iterator[Shard]:
    """Pack records into shards within the limits, a shard as soon as it is full; one source and one month per shard.

    Records are sorted by id within a shard, so that the same records give the same name. Raises ValueError on a
    record over the limit: the caller refuses those by name first.
    """
    open_lines: dict[tuple[str, str], dict[str, bytes]] = {}
    for record in records:
        line = canonical_line(record.to_json())
        if len(line) > limits.record_bytes:
            raise ValueError(f"{record.id} has {len(line)} bytes, over the limit of {limits.record_bytes}")
        key = (record.created[:7], record.source)
        lines = open_lines.setdefault(key, {})
        if len(lines) == limits.shard_records or sum(map(len, lines.values())) + len(line) > limits.shard_bytes:
            yield _close(kind, key, lines)
            lines = open_lines[key] = {}
        lines[record.id] = line
    for key, lines in sorted(open_lines.items()):
        if lines:
            yield _close(kind, key, lines)


def _close(kind: str, key: tuple[str, str], lines: dict[str, bytes]) -> Shard:
    content = b"".join(lines[name] for name in sorted(lines))
    return Shard(shard_path(kind, key[0], key[1], content), content)


def write_shard(root: Path, shard: Shard) -> Path:
    """Write a shard below `root` (the folder that holds `corpus/`), whole or not at all. Writing it again changes nothing."""
    path = root / shard.path
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, shard.content)
    return path


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` by `content` so that a crash leaves the old file or the new one, never a mixture."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
