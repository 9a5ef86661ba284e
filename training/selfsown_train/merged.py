"""Everything that was merged into the corpus up to a commit, read as git objects, and when it came. Nothing is decided here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import accumulate
from typing import Any

import orjson

from selfsown.consent import trains
from selfsown.conversation import Conversation, conversation_id, read_conversation
from selfsown.corpus import stream_ids, withdrawn_ids
from selfsown.rating import Rating, read_rating
from selfsown.repo import Repository
from selfsown.rework import Rework, read_rework
from selfsown_train.selection import Ages

NO_CONSENT = "no consent to train"


@dataclass(frozen=True, slots=True)
class Merged:
    """The records of a commit. `superseded` is what a conversation that was not withdrawn itself has replaced.

    `untrained` are the conversations whose people agreed to publication and not to training (selfsown.consent).
    """

    commit: str
    conversations: Mapping[str, Conversation]
    reworks: tuple[Rework, ...]
    ratings: tuple[Rating, ...]
    withdrawn: frozenset[str]
    superseded: frozenset[str]
    ages: Ages
    untrained: frozenset[str] = frozenset()


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
    untrained = frozenset(name for name, entry in conversations.items() if not trains(entry))
    corrected = frozenset(superseded)
    return Merged(commit, conversations, tuple(reworks), tuple(ratings), withdrawn, corrected, ages, untrained)


def read_ages(repository: Repository, commit: str, paths: Mapping[str, str]) -> Ages:
    """When each record came to the first-parent line of a commit, by the path of its shard. Raises RepoError in a shallow clone.

    A commit counts as no older than those before it: one that was dated back does not shorten its quarantine. Times
    beyond the commit's own are clocks gone wrong, and count for nothing. A record that a withdrawal of others has moved
    to a new shard came when it came first.
    """
    line = repository.line_of_commits(commit)
    now = line[-1][1]
    grown = accumulate((seconds if seconds <= now else 0 for _, seconds in line), max)
    times = dict(zip((name for name, _ in line), grown, strict=True))
    return Ages(now, {name: times[by] for name, by in read_arrivals(repository, commit, "corpus", paths).items()})


def read_arrivals(repository: Repository, commit: str, folder: str, paths: Mapping[str, str]) -> dict[str, str]:
    """The commit that brought each record (`paths`: id to shard) to the first-parent line; what moved came with the first."""
    came: dict[str, str] = {}
    first: dict[str, str] = {}
    gone: dict[str, list[str]] = defaultdict(list)
    for path, by in repository.departures(commit, folder):
        gone[by].append(path)
    for path, by in repository.arrivals(commit, folder):
        for left in gone.pop(by, ()):
            # Arrivals are the oldest first, so what a moved record moved from is known by now.
            for _, name in stream_ids(BytesIO(repository.read_file(f"{by}~1", left) or b"")):
                first.setdefault(name, came[left])
        came[path] = by
    return {name: first.get(name, came[path]) for name, path in paths.items() if path in came}


def _has_weight(rating: Rating) -> bool:
    return not rating.weighs_nothing and (not rating.turns or conversation_id(rating.turns) == rating.conversation)


def _records(repository: Repository, commit: str, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(path of the shard, record) of every line."""
    for shard in repository.read_corpus(commit, f"corpus/{kind}"):
        for line in shard.content.splitlines():
            yield shard.path, orjson.loads(line)
