"""Which records of a corpus go with a withdrawal, read as git objects.

A conversation goes with its whole line of corrections, with its near copies, with every rework of it, and with every rating
that names it or carries its text. A contributor's conversations go with the ratings that contributor gave. The corpus is
read three times, a shard at a time; memory holds ids and what goes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from selfsown.conversation import Turn, read_turns
from selfsown.corpus import Corpus
from selfsown.nearness import sketch
from selfsown.removal import lines_of, read_line
from selfsown.repo import Repository
from selfsown.tombstone import near_finder


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be withdrawn: records by id, everything of a contributor, or both. `copies`: near copies go, too."""

    ids: frozenset[str] = frozenset()
    contributor: str | None = None
    copies: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """What goes. `records` maps the id of each record in the tree to its shard.

    `sketches` has every conversation that goes, by id, also one that only ratings carry; it is empty where near copies
    stay. `copies` are the near copies among them, `others` how many of those name another contributor, or none. `absent`
    are wanted ids that no record has; those of `buried` have a tombstone.
    """

    records: Mapping[str, str] = field(default_factory=dict)
    sketches: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    copies: frozenset[str] = frozenset()
    others: int = 0
    absent: frozenset[str] = frozenset()
    buried: frozenset[str] = frozenset()

    @property
    def conversations(self) -> frozenset[str]:
        """The ids of the conversations that go, those that only ratings carry included."""
        return frozenset(name for name in {*self.records, *self.sketches} if name.startswith("c-"))


def find_records(repository: Repository, commit: str, corpus: Corpus, wanted: Wanted) -> Found:
    """Everything at a commit that goes with what is wanted. `corpus` is that of the commit."""
    gone = _name_conversations(repository, commit, wanted) | {name for name in wanted.ids if name.startswith("c-")}
    texts = dict(_read_texts(repository, commit, gone))
    sketches = {name: sketch(turns) for name, turns in texts.items()} if wanted.copies else {}
    copies = dict(_find_copies(repository, commit, sketches, set(texts))) if wanted.copies else {}
    gone = gone | set(copies)
    records = {name: corpus.known[name] for name in gone if name in corpus.known}
    records |= dict(_find_dependent(repository, commit, gone, wanted))
    absent = wanted.ids - records.keys() - texts.keys()
    return Found(
        records,
        {**sketches, **{name: numbers for name, (numbers, _) in copies.items()}},
        frozenset(copies),
        sum(who is None or who != wanted.contributor for _, who in copies.values()),
        frozenset(absent),
        frozenset(absent & corpus.withdrawn),
    )


def find_leftovers(corpus: Corpus) -> frozenset[str]:
    """The ids that are withdrawn and whose records stand in the tree all the same."""
    return corpus.withdrawn & corpus.known.keys()


def _records(repository: Repository, commit: str, *kinds: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(path, record) of every line that reads; the others are for validate."""
    for kind in kinds:
        for shard in repository.read_corpus(commit, f"corpus/{kind}"):
            for line in lines_of(shard.content):
                record = read_line(line)
                if isinstance(record.get("id"), str):
                    yield shard.path, record


def _name_conversations(repository: Repository, commit: str, wanted: Wanted) -> set[str]:
    """The conversations that are named, or of the contributor, each with its whole line of corrections."""
    linked: dict[str, set[str]] = defaultdict(set)
    found = set()
    for _, record in _records(repository, commit, "original"):
        name, older = record["id"], record.get("supersedes")
        if name in wanted.ids or (wanted.contributor and record.get("contributor") == wanted.contributor):
            found.add(name)
        if older:
            linked[name].add(older)
            linked[older].add(name)
    rest = list(found)
    while rest:
        new = linked[rest.pop()] - found
        found |= new
        rest += new
    return found


def _read_texts(repository: Repository, commit: str, names: Set[str]) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    """(id, turns) of these conversations, wherever their text stands."""
    for _, record in _records(repository, commit, "ratings", "original"):
        name = record.get("conversation", record["id"])
        if name in names and record.get("messages"):
            yield name, read_turns(record["messages"])


def _find_copies(
    repository: Repository, commit: str, sketches: Mapping[str, tuple[int, ...]], known: Set[str]
) -> Iterator[tuple[str, tuple[tuple[int, ...], str | None]]]:
    """(id, (sketch, contributor)) of the conversations that repeat most of one that goes."""
    find_near = near_finder(sketches)
    for _, record in _records(repository, commit, "ratings", "original"):
        name = record.get("conversation", record["id"])
        if name in known or not record.get("messages"):
            continue
        turns = read_turns(record["messages"])
        if find_near(turns) is not None:
            yield name, (sketch(turns), record.get("contributor"))


def _find_dependent(repository: Repository, commit: str, gone: Set[str], wanted: Wanted) -> Iterable[tuple[str, str]]:
    """(id, path) of the reworks and ratings that go."""
    for path, record in _records(repository, commit, "rework", "ratings"):
        of = record.get("parent") or record.get("conversation")
        is_by = wanted.contributor is not None and record.get("rater") == wanted.contributor
        if record["id"] in wanted.ids or of in gone or is_by:
            yield record["id"], path
