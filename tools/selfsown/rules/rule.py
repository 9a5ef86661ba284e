"""What a rule is: a module with a number, a name, a level and one `check`.

A record rule looks at one record, a shard rule at one file, a submission rule at everything a pull request touches.
Every module of this package is one rule; `selfsown.rules` gathers them in explicit tuples. A rule yields Problems and
never raises on hostile input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Protocol

from selfsown.finding import Level
from selfsown.rulebook import Rulebook
from selfsown.submission import Submission


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule says: the field (None: the whole record or file), what is wrong, what to do, and on which line."""

    message: str
    tip: str
    field: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One record that has passed its schema: where it stands, what kind it is (KINDS of selfsown.shard), its JSON."""

    path: str
    line: int
    kind: str
    record: Mapping[str, Any]

    @property
    def texts(self) -> list[tuple[str, str]]:
        """(field, text) of everything in the record that people or models wrote."""
        if self.kind == "rework":
            return [(name, self.record[name]) for name in ("request", "criticism", "old", "new")]
        texts = [
            (f"messages[{index}].content", turn["content"])
            for index, turn in enumerate(self.record.get("messages", []))
        ]
        return [*texts, ("reason", self.record["reason"])] if self.kind == "ratings" else texts


@dataclass(frozen=True, slots=True)
class ShardFile:
    """One file of records: its path, its bytes' digest and size, and its entries that could be read.

    `in_corpus` is whether the path claims to be a shard of a corpus (drafts elsewhere need no shard name).
    """

    path: str
    in_corpus: bool
    digest: str
    size: int
    lines: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may know besides the thing it looks at.

    `known` maps the ids of the base's records to their paths, `withdrawn` are ids that were taken back, `added` maps the ids
    of this submission to every place they stand (path, line). `today` is YYYY-MM-DD.
    """

    rulebook: Rulebook
    today: str
    known: Mapping[str, str] = field(default_factory=dict)
    withdrawn: Set[str] = frozenset()
    added: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)


class RecordRule(Protocol):
    """One record at a time."""

    NUMBER: str
    NAME: str
    LEVEL: Level
    KINDS: tuple[str, ...]

    def check(self, entry: Entry, context: Context) -> Iterator[Problem]:
        """Yield what is wrong with the entry."""


class ShardRule(Protocol):
    """One file of records at a time."""

    NUMBER: str
    NAME: str
    LEVEL: Level

    def check(self, shard: ShardFile, context: Context) -> Iterator[Problem]:
        """Yield what is wrong with the file."""


class SubmissionRule(Protocol):
    """A whole pull request. A Problem's `field` is the path it is about here."""

    NUMBER: str
    NAME: str
    LEVEL: Level

    def check(self, submission: Submission, context: Context) -> Iterator[Problem]:
        """Yield what is wrong with the submission."""
