"""What people said of conversations, beside the text they spoke of, read from a commit.

One person counts once per conversation, however often and wherever they rated it, and all persons count alike. Ratings
that weigh nothing (authors about their own pull request) are left out. Not covered: whether the raters agree.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from selfsown.consent import trains
from selfsown.conversation import Conversation, Turn, read_conversation
from selfsown.corpus import withdrawn_ids
from selfsown.rating import Rating, read_rating
from selfsown.repo import Repository

AUTHOR = "author"


@dataclass(frozen=True, slots=True)
class RatedConversation:
    """A conversation that people rated, wherever its text stands, and one rating of it."""

    turns: tuple[Turn, ...]
    rating: Rating


@dataclass(frozen=True, slots=True)
class Opinion:
    """What people say of one conversation, out of ten: the mean over raters, each once.

    `independent` is the mean over those who are not its authors, or None; `since` is the newest day among their ratings
    ("" without any). `group` is the same for conversations that begin alike: a fit may not learn from one what it is
    measured on by another.
    """

    conversation: Conversation
    score: float
    independent: float | None
    since: str
    group: str


def read_rated(repository: Repository, ref: str) -> list[RatedConversation]:
    """Every rating that weighs something, with its text, in the order of ids.

    What was withdrawn is left out, and so is what its people did not agree to be trained on: judges are fitted on this.
    """
    commit = repository.resolve(ref)
    conversations = {entry.id: entry for entry in map(read_conversation, _records(repository, commit, "original"))}
    ratings = [read_rating(record) for record in _records(repository, commit, "ratings")]
    barred = {name for name, entry in conversations.items() if not trains(entry)}
    return join_rated(ratings, conversations, withdrawn_ids(repository.corpus_paths(commit)) | barred)


def join_rated(
    ratings: Iterable[Rating], conversations: Mapping[str, Conversation], withdrawn: frozenset[str] | set[str]
) -> list[RatedConversation]:
    """Ratings that weigh something beside their texts, in the order of their ids."""
    found = []
    for rating in sorted(ratings, key=lambda rating: rating.id):
        known = conversations.get(rating.conversation)
        turns = rating.turns or (known.turns if known else ())
        if turns and not rating.weighs_nothing and rating.conversation not in withdrawn:
            found.append(RatedConversation(turns, rating))
    return found


def as_conversation(entry: RatedConversation) -> Conversation:
    """A rated conversation as a judge wants it; where it came from does not matter to a judge."""
    return Conversation(entry.turns, entry.rating.source, "", entry.rating.created)


def read_opinions(rated: Iterable[RatedConversation]) -> list[Opinion]:
    """One opinion per conversation, in the order of ids."""
    by_conversation: dict[str, list[RatedConversation]] = defaultdict(list)
    for entry in rated:
        by_conversation[entry.rating.conversation].append(entry)
    return [_opinion(by_conversation[name]) for name in sorted(by_conversation)]


def first_request(turns: Sequence[Turn]) -> str:
    """Sixteen hex digits over the first user turn, whatever its case and spaces: conversations that begin alike."""
    text = next((turn.content for turn in turns if turn.role == "user"), "")
    return hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()[:16]


def _opinion(entries: Sequence[RatedConversation]) -> Opinion:
    independent = [entry.rating for entry in entries if entry.rating.role != AUTHOR]
    return Opinion(
        conversation=as_conversation(entries[0]),
        score=_mean_of_raters([entry.rating for entry in entries]),
        independent=_mean_of_raters(independent) if independent else None,
        since=max((rating.created for rating in independent), default=""),
        group=first_request(entries[0].turns),
    )


def _mean_of_raters(ratings: Sequence[Rating]) -> float:
    by_rater: dict[str, list[float]] = defaultdict(list)
    for rating in ratings:
        by_rater[rating.rater].append(rating.score)
    means = [sum(scores) / len(scores) for scores in by_rater.values()]
    return sum(means) / len(means)


def _records(repository: Repository, commit: str, kind: str) -> Iterable[dict[str, Any]]:
    for shard in repository.read_corpus(commit, f"corpus/{kind}"):
        for line in shard.content.splitlines():
            yield orjson.loads(line)
