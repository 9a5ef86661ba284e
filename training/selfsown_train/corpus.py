"""The corpus at a commit, as a round sees it: what trains, what is held out, what people rated. No torch here.

Both sides of the split (see selfsown_train.lineage) are chosen by the same rules (selfsown_train.selection), each for
itself. A held-out conversation never trains, in any round, and makes no preference pair.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from selfsown.canonical import canonical_bytes
from selfsown.conversation import Conversation
from selfsown.corpus import known_ids
from selfsown.errors import SelfsownError
from selfsown.rated import RatedConversation as RatedConversation  # noqa: PLC0414 - the package takes it from here
from selfsown.rated import as_conversation as as_conversation  # noqa: PLC0414
from selfsown.rated import join_rated, read_opinions
from selfsown.repo import Repository
from selfsown_train.lineage import open_split
from selfsown_train.merged import NO_CONSENT, Merged, read_ages, read_merged
from selfsown_train.pairs import PreferencePair, decide_pairs
from selfsown_train.recipe import DataRecipe
from selfsown_train.selection import decide_selection


@dataclass(frozen=True, slots=True)
class RoundData:
    """What one round trains on and is measured on, each in the order of ids; `pairs` are of the training side.

    `barred` are the ids that nothing may take, from wherever their text comes: withdrawn, or without consent to train.
    """

    commit: str
    train: tuple[Conversation, ...]
    held_out: tuple[Conversation, ...]
    train_ratings: tuple[RatedConversation, ...]
    held_out_ratings: tuple[RatedConversation, ...]
    left_out: dict[str, int]
    pairs: tuple[PreferencePair, ...]
    pairs_left_out: dict[str, int]
    barred: frozenset[str] = frozenset()

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

    @property
    def pairs_digest(self) -> str:
        """Twelve hex digits over the preference pairs."""
        return ids_digest(pair.id for pair in self.pairs)


def ids_digest(ids: Iterable[str]) -> str:
    """Twelve hex digits over sorted ids."""
    return hashlib.sha256(canonical_bytes(sorted(ids))).hexdigest()[:12]


def read_round_data(repository: Repository, ref: str, recipe: DataRecipe) -> RoundData:
    """Read the corpus at a ref. Raises SelfsownError where nothing is left to train on or to measure with."""
    merged = read_merged(repository, ref, with_ages=recipe.quarantine_days > 0)
    left_out: Counter[str] = Counter(_count_gone(merged))
    rated = join_rated(merged.ratings, merged.conversations, merged.withdrawn | merged.untrained)
    opinions = read_opinions(rated)
    scores = {opinion.conversation.id: opinion.score for opinion in opinions}
    accepted: dict[str, Conversation] = {}
    for name, entry in merged.conversations.items():
        reason = _reason_to_leave_out(name, merged, scores, recipe.minimum_rating)
        if reason:
            left_out[reason] += 1
        else:
            accepted[name] = entry
    is_held = open_split(merged.conversations, recipe.held_out)
    sides = []
    for side in (False, True):
        selection = decide_selection(
            {name: entry for name, entry in accepted.items() if is_held(name) == side}, merged.ages, scores, recipe
        )
        left_out.update(selection.left_out)
        sides.append(tuple(accepted[name] for name in sorted(selection.chosen)))
    train, held_out = sides
    if not train or not held_out:
        raise _too_little(merged.commit, len(train), len(held_out), left_out)
    pairs, pairs_left_out = decide_pairs(merged, rated, is_held, recipe)
    return RoundData(
        merged.commit,
        train,
        held_out,
        tuple(entry for entry in rated if not is_held(entry.rating.conversation)),
        tuple(entry for entry in rated if is_held(entry.rating.conversation)),
        dict(left_out),
        pairs,
        pairs_left_out,
        merged.withdrawn | merged.untrained,
    )


def fresh_ids(repository: Repository, data: RoundData, recipe: DataRecipe, parent_commit: str | None) -> frozenset[str]:
    """The held-out ids that nobody could measure with at the parent's commit: it did not have them, or quarantined them.

    A correction of what was there is not fresh. All of them where there is no parent. Raises RepoError where the
    parent's commit is not in this clone.
    """
    held_out = {entry.id: entry for entry in data.held_out}
    known = known_before(repository, held_out, recipe, parent_commit)
    return frozenset(name for name, entry in held_out.items() if name not in known and entry.supersedes not in known)


def known_before(
    repository: Repository, entries: Mapping[str, Conversation], recipe: DataRecipe, parent_commit: str | None
) -> frozenset[str]:
    """The ids at the parent's commit of what was out of quarantine there; none without a parent.

    `entries` are the conversations that are asked about, by id: of others the source is unknown, so they count as not
    trusted. Raises RepoError where the parent's commit is not in this clone.
    """
    if parent_commit is None:
        return frozenset()
    known = known_ids(repository.read_corpus(parent_commit, "corpus/original"))
    if recipe.quarantine_days == 0:
        return frozenset(known)
    ages = read_ages(repository, repository.resolve(parent_commit), known)
    return frozenset(
        name
        for name in known
        if (name in entries and entries[name].source in recipe.trusted)
        or not ages.is_quarantined(name, recipe.quarantine_days)
    )


def _count_gone(merged: Merged) -> dict[str, int]:
    """Withdrawn conversations whose text is gone from the tree: without them a withdrawal would make no round due."""
    gone = sum(name.startswith("c-") and name not in merged.conversations for name in merged.withdrawn)
    return {"withdrawn": gone} if gone else {}


def _reason_to_leave_out(name: str, merged: Merged, scores: Mapping[str, float], minimum: float) -> str | None:
    if name in merged.withdrawn:
        return "withdrawn"
    if name in merged.superseded:
        return "superseded"
    if name in merged.untrained:
        return NO_CONSENT
    return "rated too low" if scores.get(name, minimum) < minimum else None


def _too_little(commit: str, train: int, held_out: int, left_out: Mapping[str, int]) -> SelfsownError:
    why = ", ".join(f"{count} {reason}" for reason, count in sorted(left_out.items()))
    return SelfsownError(
        f"the corpus at {commit[:12]} has {train} conversations to train on and {held_out} to measure with"
        + (f"; left out: {why}" if why else ""),
        "merge more conversations first (`selfsown submit`), or change `[data]` of the recipe"
        if why
        else "merge more conversations first: `selfsown submit`",
    )
