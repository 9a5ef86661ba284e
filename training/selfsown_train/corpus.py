"""The corpus at a commit, as a round sees it: what trains, what is held out, what people rated. No torch here.

The split is by lineage: a conversation, what supersedes it and what reworks it fall on the same side for ever, because
the side is a hash of the first ancestor's id. A held-out conversation never trains, in any round.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from selfsown.canonical import canonical_bytes
from selfsown.conversation import Conversation, read_conversation
from selfsown.errors import SelfsownError
from selfsown.rated import RatedConversation as RatedConversation  # noqa: PLC0414 - the package takes it from here
from selfsown.rated import as_conversation as as_conversation  # noqa: PLC0414
from selfsown.rated import join_rated
from selfsown.rating import Rating, read_rating
from selfsown.repo import Repository
from selfsown_train.recipe import DataRecipe

_SPLIT_SALT = "selfsown-split-1"


@dataclass(frozen=True, slots=True)
class RoundData:
    """What one round trains on and is measured on, each in the order of ids."""

    commit: str
    train: tuple[Conversation, ...]
    held_out: tuple[Conversation, ...]
    train_ratings: tuple[RatedConversation, ...]
    held_out_ratings: tuple[RatedConversation, ...]
    left_out: dict[str, int]

    @property
    def train_digest(self) -> str:
        """Twelve hex digits over the ids that train."""
        return ids_digest(entry.id for entry in self.train)

    @property
    def held_out_digest(self) -> str:
        """Twelve hex digits over the ids that are held out."""
        return ids_digest(entry.id for entry in self.held_out)

    @property
    def ratings_digest(self) -> str:
        """Twelve hex digits over the ratings, both sides."""
        return ids_digest(entry.rating.id for entry in (*self.train_ratings, *self.held_out_ratings))


def ids_digest(ids: Iterable[str]) -> str:
    """Twelve hex digits over sorted ids."""
    return hashlib.sha256(canonical_bytes(sorted(ids))).hexdigest()[:12]


def read_round_data(repository: Repository, ref: str, recipe: DataRecipe) -> RoundData:
    """Read the corpus at a ref. Raises SelfsownError where nothing is left to train on or to measure with."""
    commit = repository.resolve(ref)
    conversations = {entry.id: entry for entry in _read_conversations(repository, commit)}
    said = (read_rating(record) for record in _records(repository, commit, "corpus/ratings"))
    ratings = [rating for rating in said if not rating.weighs_nothing]
    withdrawn = {path.rsplit("/", 1)[-1].removesuffix(".json") for path in _withdrawn_paths(repository, commit)}
    superseded = {entry.supersedes for entry in conversations.values() if entry.supersedes}
    means = _mean_scores(ratings)
    left_out: dict[str, int] = defaultdict(int)
    accepted = []
    for entry in conversations.values():
        reason = _reason_to_leave_out(entry, withdrawn, superseded, means, recipe.minimum_rating)
        if reason:
            left_out[reason] += 1
        else:
            accepted.append(entry)
    roots = {entry.id: lineage_root(entry.id, conversations) for entry in conversations.values()}
    held = {name for name, root in roots.items() if is_held_out(root, recipe.held_out)}
    train = tuple(sorted((entry for entry in accepted if entry.id not in held), key=lambda entry: entry.id))
    held_out = tuple(sorted((entry for entry in accepted if entry.id in held), key=lambda entry: entry.id))
    if not train or not held_out:
        raise SelfsownError(
            f"the corpus at {commit[:12]} has {len(train)} conversations to train on and {len(held_out)} to measure with",
            "merge more conversations first: `selfsown submit`",
        )
    rated = join_rated(ratings, conversations, withdrawn)
    sides = [
        is_held_out(roots.get(entry.rating.conversation, entry.rating.conversation), recipe.held_out) for entry in rated
    ]
    return RoundData(
        commit,
        train,
        held_out,
        tuple(entry for entry, side in zip(rated, sides, strict=True) if not side),
        tuple(entry for entry, side in zip(rated, sides, strict=True) if side),
        dict(left_out),
    )


def is_held_out(root: str, share: float) -> bool:
    """Whether the lineage of this root is held out; a pure function of the id."""
    return int(hashlib.sha256(f"{_SPLIT_SALT}:{root}".encode()).hexdigest()[:8], 16) / 2**32 < share


def lineage_root(name: str, conversations: dict[str, Conversation]) -> str:
    """The first ancestor through `supersedes`; a cycle ends where it began."""
    seen = {name}
    while (entry := conversations.get(name)) and entry.supersedes and entry.supersedes not in seen:
        name = entry.supersedes
        seen.add(name)
    return name


def _read_conversations(repository: Repository, commit: str) -> Iterable[Conversation]:
    for record in _records(repository, commit, "corpus/original"):
        yield read_conversation(record)


def _records(repository: Repository, commit: str, folder: str) -> Iterable[dict[str, object]]:
    for shard in repository.read_corpus(commit, folder):
        for line in shard.content.splitlines():
            yield orjson.loads(line)


def _withdrawn_paths(repository: Repository, commit: str) -> Iterable[str]:
    return (
        path
        for path in repository.corpus_paths(commit)
        if path.startswith("corpus/withdrawn/") and path.endswith(".json")
    )


def _mean_scores(ratings: list[Rating]) -> dict[str, float]:
    scores = defaultdict(list)
    for rating in ratings:
        scores[rating.conversation].append(rating.score)
    return {name: sum(values) / len(values) for name, values in scores.items()}


def _reason_to_leave_out(
    entry: Conversation, withdrawn: set[str], superseded: set[str], means: dict[str, float], minimum: float
) -> str | None:
    if entry.id in withdrawn:
        return "withdrawn"
    if entry.id in superseded:
        return "superseded"
    return "rated too low" if means.get(entry.id, minimum) < minimum else None
