"""What a batch is held against: the base as it was read at one commit, and what waits in open submissions at the host."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from selfsown.conversation import Conversation, read_conversation
from selfsown.corpus import Corpus, read_base_corpus, stream_ids
from selfsown.errors import UsageError
from selfsown.host import Host, Pull, PullFile
from selfsown.policy import Limits
from selfsown.repo import Repository
from selfsown.rulebook import Rulebook
from selfsown.shard import SHARD_PATH, Shard
from selfsown.source import load_source

MOST_PULLS = 1000
_MOST_BYTES = 32 << 20  # of open submissions that are looked into: whoever opens more cannot fill our memory


@dataclass(frozen=True, slots=True)
class Ground:
    """A base: its commit, its rules, its corpus and the conversations in it; new source files of the checkout.

    `today` is YYYY-MM-DD. `read_source` gives the file of a source that the base does not have, or None.
    """

    commit: str
    rulebook: Rulebook
    corpus: Corpus
    today: str
    read_originals: Callable[[], Iterator[Conversation]]
    read_source: Callable[[str], Shard | None]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What is open at the host: all pull requests, how many bring conversations, and which, each with its number."""

    pulls: tuple[Pull, ...] = ()
    submissions: int = 0
    conversations: tuple[tuple[Conversation, int], ...] = ()


def read_ground(repository: Repository, ref: str, today: str) -> Ground:
    """The base at a ref of a checkout. Raises RepoError and BadConfig."""
    commit = repository.resolve(ref)
    rulebook = repository.rulebook(commit)

    def read_originals() -> Iterator[Conversation]:
        for shard in repository.read_corpus(commit, "corpus/original"):
            yield from read_lines_of(shard.content, rulebook)

    def read_source(name: str) -> Shard | None:
        return read_source_file(repository.root, name)

    return Ground(commit, rulebook, read_base_corpus(repository, commit), today, read_originals, read_source)


def read_source_file(root: Path, name: str) -> Shard | None:
    """The file of a source in a checkout, None where there is none. Raises UsageError where it names another source."""
    path = f"corpus/sources/{name}.toml"
    file = root / path
    if not file.is_file():
        return None
    named = load_source(file.read_text(encoding="utf-8"), path).id
    if named != name:
        raise UsageError(f"{path} has the id {named!r}", f'write id = "{name}" there, or rename the file')
    return Shard(path, file.read_bytes())


def read_lines_of(content: bytes, rulebook: Rulebook) -> Iterator[Conversation]:
    """The conversations of a shard, whoever wrote it; lines that are none are passed over."""
    schema = rulebook.schemas["conversation"]
    for line in content.split(b"\n"):
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(record, dict) and schema.accepts(record):
            yield read_conversation(record)


def read_elsewhere(host: Host, rulebook: Rulebook) -> Elsewhere:
    """Look into the open pull requests. Raises what the host raises."""
    pulls, found, submissions, room = host.pulls(most=MOST_PULLS), [], 0, _MOST_BYTES
    for pull in pulls:
        shards = [file for file in host.files(pull.number) if _is_original(file.path) and file.status != "removed"]
        submissions += bool(shards)
        for file in shards:
            content = _added(host, pull, file, rulebook.policy.limits)[: max(room, 0)]
            room -= len(content)
            found += [(chat, pull.number) for chat in read_lines_of(content, rulebook)]
    return Elsewhere(tuple(pulls), submissions, tuple(found))


def read_merged_ids(host: Host, number: int, merged_as: str) -> frozenset[str]:
    """The ids of the conversations that a merged pull request has brought, as they stand in its merge commit."""
    ids: set[str] = set()
    for path in sorted({file.path for file in host.files(number) if _is_original(file.path)}):
        content = host.read_file(merged_as, path)
        ids |= {name for _, name in stream_ids(io.BytesIO(content or b""))}
    return frozenset(ids)


def _is_original(path: str) -> bool:
    match = SHARD_PATH.fullmatch(path)
    return match is not None and match["kind"] == "original"


def _added(host: Host, pull: Pull, file: PullFile, limits: Limits) -> bytes:
    """What a file brings, from its patch; the host leaves the patch of a large file out, and then the file is asked for."""
    if file.patch is None:
        content = host.read_file(pull.head, file.path) or b""
        return content if len(content) <= limits.shard_bytes else b""
    lines = (line[1:] for line in file.patch.split("\n") if line.startswith("+"))
    return "\n".join(lines).encode("utf-8", "surrogatepass")
