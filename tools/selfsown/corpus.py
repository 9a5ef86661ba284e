"""What a base already has: the ids of its records, where they stand, what was withdrawn. Only ids and paths are kept.

A corpus of a million conversations costs its ids and paths in memory, never its text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import orjson

from selfsown.lines import read_lines
from selfsown.repo import Repository
from selfsown.shard import Shard
from selfsown.tombstone import read_sketch

WITHDRAWN_PATH = re.compile(
    r"corpus/withdrawn/(?P<month>[0-9]{4}-(?:0[1-9]|1[0-2]))/(?P<id>[cwr]-[0-9a-f]{32})\.json", re.ASCII
)
SOURCE_PATH = re.compile(r"corpus/sources/(?P<id>[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?)\.toml", re.ASCII)
CARD = "corpus/README.md"

_ID = re.compile(rb'"id":"([cwr]-[0-9a-f]{32})"')
_ID_LENGTH = 34
_MOST_LINE = 1 << 20


def _no_shard(_: str) -> bytes | None:
    return None


@dataclass(frozen=True, slots=True)
class Corpus:
    """The records of a base: `known` maps id to path, `withdrawn` are the ids of tombstones.

    `paths` is everything below corpus/. `read_shard` gives the bytes of one of its shards, or None. `sketches` are those
    of the tombstones that have one, by id: `selfsown.tombstone.near_finder` knows a near copy by them.
    """

    known: Mapping[str, str] = field(default_factory=dict)
    withdrawn: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    read_shard: Callable[[str], bytes | None] = _no_shard
    sketches: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def line_id(line: bytes) -> str | None:
    """The id that a record's line claims, or None. Costs a search, not a parse, unless the record has free fields.

    In canonical JSON nothing but a key can read `"id":"`, because a quote within a text is escaped; only `ext`, which
    may hold any keys and sorts before `id`, needs the parser.
    """
    if b'"ext":' not in line:
        match = _ID.search(line)
        if match is not None:
            return match[1].decode("ascii")
    if b'"id"' not in line:
        return None
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    name = record.get("id") if isinstance(record, dict) else None
    return name if isinstance(name, str) and len(name) == _ID_LENGTH and name.isascii() else None


def known_ids(shards: Iterable[Shard]) -> dict[str, str]:
    """id to path over shards; the first path wins."""
    known: dict[str, str] = {}
    for shard in shards:
        _add_ids(known, shard.path, io.BytesIO(shard.content))
    return known


def withdrawn_ids(paths: Iterable[str]) -> frozenset[str]:
    """The ids of the tombstones among paths: a tombstone is named after what it removed."""
    matches = (WITHDRAWN_PATH.fullmatch(path) for path in paths)
    return frozenset(match["id"] for match in matches if match)


def read_base_corpus(repository: Repository, ref: str) -> Corpus:
    """The corpus at a ref, read as git objects."""
    commit = repository.resolve(ref)
    paths = frozenset(repository.corpus_paths(commit))
    known = known_ids(repository.read_corpus(commit, "corpus")) if paths else {}
    gone = withdrawn_ids(paths)
    sketches = _sketches(repository.read_files(commit, "corpus/withdrawn")) if gone else {}
    return Corpus(known, gone, paths, lambda path: repository.read_file(commit, path), sketches)


def read_folder_corpus(root: Path, without: frozenset[str] = frozenset()) -> Corpus:
    """The corpus of the checkout at `root`, except the shards at `without` (those that are being looked at)."""
    files = {
        file.relative_to(root).as_posix(): file
        for file in sorted((root / "corpus").rglob("*"))
        if file.is_file() and not file.is_symlink()
    }
    known: dict[str, str] = {}
    for path, file in files.items():
        if path.endswith(".jsonl") and path not in without:
            with file.open("rb") as stream:
                _add_ids(known, path, stream)

    def read_shard(path: str) -> bytes | None:
        return files[path].read_bytes() if path in files else None

    return Corpus(known, withdrawn_ids(files), frozenset(files), read_shard, read_folder_sketches(root))


def read_folder_sketches(root: Path) -> dict[str, tuple[int, ...]]:
    """The sketches of the tombstones in the checkout at `root`, by id."""
    files = sorted((root / "corpus" / "withdrawn").glob("*/*.json"))
    return _sketches((file.relative_to(root).as_posix(), file.read_bytes()) for file in files if not file.is_symlink())


def _sketches(files: Iterable[tuple[str, bytes]]) -> dict[str, tuple[int, ...]]:
    named = ((WITHDRAWN_PATH.fullmatch(path), content) for path, content in files)
    found = {match["id"]: read_sketch(content) for match, content in named if match}
    return {name: numbers for name, numbers in found.items() if numbers}


def stream_ids(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    """(line number from 1, id) of a stream's lines, however long they are."""
    for number, line in read_lines(stream, _MOST_LINE):
        name = line_id(line) if isinstance(line, bytes) else None
        if name is not None:
            yield number, name


def _add_ids(known: dict[str, str], path: str, stream: BinaryIO) -> None:
    for _, name in stream_ids(stream):
        known.setdefault(name, path)
