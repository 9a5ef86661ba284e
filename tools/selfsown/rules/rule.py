"""What a rule is: a module with a number, a name, a level and one `check`.

A record rule looks at one record, a shard rule at one file of records, a change rule at one touched path, a submission
rule at everything a pull request touches. Every module of this package is one rule; `selfsown.rules` gathers them in
explicit tuples. A rule yields Problems and never raises on hostile input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Protocol

from selfsown.finding import Finding, Level, Location
from selfsown.removal import Removals
from selfsown.render.inert import visible
from selfsown.rulebook import Rulebook
from selfsown.source import Source
from selfsown.submission import Change, Submission
from selfsown.tombstone import FindNear, nothing_near

# What a finding says stays short: it may quote a contribution.
_MOST_PATH, _MOST_MESSAGE, _MOST_FIELD = 300, 400, 120


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule says: what is wrong, what to do, where exactly.

    `field` None means the whole record or file; `line` is for shard rules and `path` for submission rules; `level` is
    for the case that is milder than the rule's own.
    """

    message: str
    tip: str
    field: str | None = None
    line: int | None = None
    path: str | None = None
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One record that has passed its schema: where it stands, what kind it is, its JSON.

    `kind` is one of KINDS of selfsown.shard, or `source` or `withdrawn`. `raw` is its line without escapes undone, for
    cheap looks; `contents` are the texts of its messages.
    """

    path: str
    line: int
    kind: str
    record: Mapping[str, Any]
    raw: bytes
    contents: tuple[str, ...]

    @property
    def texts(self) -> list[tuple[str, str]]:
        """(field, text) of everything in the record that people or models wrote."""
        if self.kind == "rework":
            return [(name, self.record[name]) for name in ("request", "criticism", "old", "new")]
        texts = [(f"messages[{index}].content", content) for index, content in enumerate(self.contents)]
        return [*texts, ("reason", self.record["reason"])] if "reason" in self.record else texts

    @property
    def strings(self) -> list[tuple[str, str]]:
        """(field, text) of every string of the record, keys of free objects included: nothing may hide anywhere."""
        return _strings("", self.record)


@dataclass(frozen=True, slots=True)
class ShardFile:
    """One file of records: its path, its bytes' digest and size, and its entries that could be read.

    `in_corpus` is whether the path claims to be a shard of a corpus (drafts elsewhere need no shard name). `size` is in
    bytes; `lines` counts up to one more than a shard may have; `digest` is empty where the file was not read whole.
    """

    path: str
    in_corpus: bool
    digest: str
    size: int
    lines: int
    entries: tuple[Entry, ...]


def _nothing(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may know besides the thing it looks at.

    `known` maps the ids of the base's records to their paths, `withdrawn` are ids that were taken back, `added` maps
    the ids of this submission to every place they stand (path, line), `new_sources` are the sources it adds.
    `base_paths` are the base's paths below corpus/. `find_conversation` gives the record of a known or added
    conversation, or None where it is not at hand. `removals` is what the submission takes out of the base; `withdrawn`
    has the ids of its tombstones, too. `find_near` gives the id of a tombstone of the base that turns are a near copy of.
    `today` and `latest` (the last day a record may name) are YYYY-MM-DD.
    """

    rulebook: Rulebook
    today: str
    latest: str
    known: Mapping[str, str] = field(default_factory=dict)
    withdrawn: Set[str] = frozenset()
    added: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    new_sources: Mapping[str, Source] = field(default_factory=dict)
    base_paths: Set[str] = frozenset()
    find_conversation: Callable[[str], Mapping[str, Any] | None] = _nothing
    removals: Removals = field(default_factory=Removals)
    find_near: FindNear = nothing_near

    def source(self, name: str) -> Source | None:
        """The source of this id, from the base or from this submission."""
        return self.rulebook.sources.get(name) or self.new_sources.get(name)


class Rule(Protocol):
    """What every rule has."""

    @property
    def NUMBER(self) -> str:  # noqa: N802 - rules are modules, and this is their constant
        """Such as S305; never given to another rule."""

    @property
    def NAME(self) -> str:  # noqa: N802
        """Such as hidden-characters."""

    @property
    def LEVEL(self) -> Level:  # noqa: N802
        """What its problems are unless they say otherwise."""


class RecordRule(Rule, Protocol):
    """One record at a time, of the kinds it names."""

    @property
    def KINDS(self) -> tuple[str, ...]:  # noqa: N802
        """The kinds of entries it looks at."""

    def check(self, entry: Entry, context: Context) -> Iterable[Problem]:
        """Yield what is wrong with the entry."""


class ShardRule(Rule, Protocol):
    """One file of records at a time."""

    def check(self, shard: ShardFile, context: Context) -> Iterable[Problem]:
        """Yield what is wrong with the file."""


class ChangeRule(Rule, Protocol):
    """One touched path below corpus/ at a time."""

    def check(self, change: Change, context: Context) -> Iterable[Problem]:
        """Yield what is wrong with the path, its mode or what happened to it."""


class SubmissionRule(Rule, Protocol):
    """A whole pull request. Its Problems name the path."""

    def check(self, submission: Submission, context: Context) -> Iterable[Problem]:
        """Yield what is wrong with the submission."""


def make_entry(path: str, line: int, kind: str, record: Mapping[str, Any], raw: bytes) -> Entry:
    """The entry of a record that has passed its schema."""
    contents = tuple([turn["content"] for turn in record.get("messages", ())])
    return Entry(path, line, kind, record, raw, contents)


def make_finding(rule: Rule, problem: Problem, path: str, line: int | None = None) -> Finding:
    """The finding of a rule's problem. Everything in it that a contribution could have written is inert."""
    place = visible(problem.path or path, _MOST_PATH)
    where = None if problem.field is None else visible(problem.field, _MOST_FIELD)
    return Finding(
        number=rule.NUMBER,
        name=rule.NAME,
        level=problem.level or rule.LEVEL,
        location=Location(place, problem.line or line, where),
        message=visible(problem.message, _MOST_MESSAGE),
        tip=visible(problem.tip, _MOST_MESSAGE),
    )


def _strings(place: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [(place, value)]
    if isinstance(value, Mapping):
        found = []
        for key, part in value.items():
            field_name = f"{place}.{key}" if place else key
            found += [(field_name, key), *_strings(field_name, part)]
        return found
    if isinstance(value, list):
        return [text for index, part in enumerate(value) for text in _strings(f"{place}[{index}]", part)]
    return []
