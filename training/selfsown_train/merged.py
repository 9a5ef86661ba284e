"""Everything that was merged into the corpus up to a commit, read as git objects, and when it came. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import orjson

from selfsown.conversation import Conversation, conversation_id, read_conversation
from selfsown.corpus import withdrawn_ids
from selfsown.rating import Rating, read_rating
from selfsown.repo import Repository
from selfsown.rework import Rework, read_rework
from selfsown_train.selection import Ages


@dataclass(frozen=True, slots=True)
class Merged:
    """The records of a commit. `superseded` is what a conversation that was not withdrawn itself has replaced."""

    commit: str
    conversations: Mapping[str, Conversation]
    reworks: tuple[Rework, ...]
    ratings: tuple[Rating, ...]
    withdrawn: frozenset[str]
    superseded: frozenset[str]
    ages: Ages


def read_merged(repository: Repository, ref: str, *, with_ages: bool) -> Merged:
    """Read the corpus at a ref; without ages nobody can be in quarantine, and a clone may lack its history.

    Ratings that weigh nothing, were withdrawn, or carry another conversation than they name are passed over.
    """
    commit = repository.resolve(ref)
    withdrawn = withdrawn_ids(repository.corpus_paths(commit))
    paths: dict[str, str] = {}
    conversations: dict[str, Conversation] = {}
    for path, record in _records(repository, commit, "original"):
        entry = read_conversation(record)
        name = entry.id
        conversations[name], paths[name] = entry, path
    ratings = []
    for path, record in _records(repository, commit, "ratings"):
        rating = read_rating(record)
        name = rating.id
        if name not in withdrawn and _has_weight(rating):
            ratings.append(rating)
            paths[name] = path
    reworks = []
    for path, record in _records(repository, commit, "rework"):
        rework = read_rework(record)
        reworks.append(rework)
        paths[rework.id] = path
    superseded = {
        entry.supersedes for name, entry in conversations.items() if entry.supersedes and name not in withdrawn
    }
    ages = read_ages(repository, commit, paths) if with_ages else Ages(0, {})
    return Merged(commit, conversations, tuple(reworks), tuple(ratings), withdrawn, frozenset(superseded), ages)


def read_ages(repository: Repository, commit: str, paths: Mapping[str, str]) -> Ages:
    """When the shard at each record's path came to the first-parent line of a commit. Raises RepoError in a shallow clone.

    A commit counts as no older than those before it: one that was dated back does not shorten its quarantine. Times
    beyond the commit's own are clocks gone wrong, and count for nothing.
    """
    line = repository.line_of_commits(commit)
    now = line[-1][1]
    grown = accumulate((seconds if seconds <= now else 0 for _, seconds in line), max)
    times = dict(zip((name for name, _ in line), grown, strict=True))
    came = {path: times[by] for path, by in repository.arrivals(commit, "corpus")}
    return Ages(now, {name: came[path] for name, path in paths.items() if path in came})


def _has_weight(rating: Rating) -> bool:
    return not rating.weighs_nothing and (not rating.turns or conversation_id(rating.turns) == rating.conversation)


def _records(repository: Repository, commit: str, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(path of the shard, record) of every line."""
    for shard in repository.read_corpus(commit, f"corpus/{kind}"):
        for line in shard.content.splitlines():
            yield shard.path, orjson.loads(line)
