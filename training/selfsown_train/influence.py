"""What a source or a contributor does to a round: it is trained again without them, apart, and both are measured.

Leave one out (Cook 1977), by training and not by an estimate: same recipe, same base, same order of what stays, and the
same held-out conversations. Two trainings also differ by chance, so a difference counts only where its interval lies
beyond the recipe's margin, which stands above the noise of seeds. Of the checkout nothing changes. Not covered: what
the base itself learned from a source, and what two sources say alike, where neither is missed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from selfsown.canonical import canonical_bytes
from selfsown.conversation import Conversation
from selfsown.errors import SelfsownError, UsageError
from selfsown.nearness import find_repeats
from selfsown.round import Round, State, read_round, write_round
from selfsown_train.base_model import prepare_base
from selfsown_train.corpus import RoundData
from selfsown_train.effects import FEWEST, Pairing, compare_losses
from selfsown_train.evaluate import losses
from selfsown_train.model import make_deterministic
from selfsown_train.neighbours import find_neighbours
from selfsown_train.plan import describe_plan
from selfsown_train.report import Report
from selfsown_train.reproduction import open_apart, read_planned
from selfsown_train.round_training import train_round
from selfsown_train.rounds import Workshop, settle_trained
from selfsown_train.selection import hash_order

HELPS, HARMS, UNCLEAR = "helps", "harms", "unclear"

_MOST_ASKED = 200  # of what was left out, to find what is like it


@dataclass(frozen=True, slots=True)
class Without:
    """What is left out: everything of a source, or everything that names a contributor."""

    source: str | None = None
    contributor: str | None = None

    @property
    def key(self) -> str:
        """A name for a folder."""
        return hashlib.sha256(canonical_bytes([self.source, self.contributor])).hexdigest()[:12]

    def describes(self, entry: Conversation) -> bool:
        """Whether a conversation is of them."""
        return entry.source == self.source if self.contributor is None else entry.contributor == self.contributor


@dataclass(frozen=True, slots=True)
class Influence:
    """What the round would be without them. Losses as {before, after, difference}: before is without, after is with them.

    `left_out` counts conversations, ratings and pairs. `overall` is on all held-out conversations, `neighbours` on those most
    like what was left out, or None where too few are.
    """

    left_out: Mapping[str, int]
    overall: Mapping[str, Any]
    neighbours: Mapping[str, Any] | None
    margin: float

    @property
    def verdict(self) -> str:
        """HELPS or HARMS where the difference overall is beyond the noise of training, else UNCLEAR."""
        change = self.overall["difference"]
        if change["low"] is None:
            return UNCLEAR
        if change["high"] < -self.margin:
            return HELPS
        return HARMS if change["low"] > self.margin else UNCLEAR


def leave_out(data: RoundData, without: Without) -> tuple[RoundData, dict[str, int]]:
    """What a round would have trained on without them, and how much that leaves out. What is held out stays.

    With a conversation go its ratings and the pairs of its lineage; with a source what it brought of either, too.
    Raises UsageError where that is nothing, or everything.
    """
    gone = {entry.id for entry in data.train if without.describes(entry)}
    train = tuple(entry for entry in data.train if entry.id not in gone)
    ratings = tuple(
        entry
        for entry in data.train_ratings
        if entry.rating.conversation not in gone and (without.source is None or entry.rating.source != without.source)
    )
    pairs = tuple(
        pair
        for pair in data.pairs
        if gone.isdisjoint(pair.conversations) and (without.source is None or pair.source != without.source)
    )
    counts = {
        "conversations": len(gone),
        "ratings": len(data.train_ratings) - len(ratings),
        "pairs": len(data.pairs) - len(pairs),
    }
    whom = without.contributor if without.source is None else without.source
    if not any(counts.values()):
        raise UsageError(f"nothing of {whom} trained this round", "`selfsown round show` counts what did, by source")
    if not train:
        raise UsageError(f"everything that trained this round is of {whom}", "leave out less")
    return replace(data, train=train, train_ratings=ratings, pairs=pairs), counts


def measure_influence(workshop: Workshop, entry: Round, without: Without, folder: Path, report: Report) -> Influence:
    """Train the round again without them in `folder`, which may hold what broke off, and compare the held-out losses.

    Raises UsageError where there is nothing to compare, SelfsownError where the round cannot be had as it was.
    """
    if not workshop.registry.has_adapter(entry):
        if entry.adapter is None:
            raise UsageError(f"round {entry.name} is not trained yet", "`selfsown train` first")
        raise SelfsownError(
            f"the adapter of round {entry.name} is not here",
            f"`selfsown round reproduce {entry.number}` makes it again",
        )
    bench = open_apart(workshop, entry, folder, keep_base=True)
    data = read_planned(bench, entry)
    rest, left_out = leave_out(data, without)
    made = prepare_base(bench, data, report)
    if made.base.digest != (entry.base or {})["digest"]:
        raise SelfsownError(
            f"the base of round {entry.name} comes out otherwise on this machine",
            "ask where it was trained, or bring its base from there",
        )
    other = _plan_without(bench, entry, rest)
    if not settle_trained(bench, other):
        other = train_round(bench, other, rest, report, base_from=data)
    kept = {one.id for one in rest.train}
    gone = [one for one in data.train if one.id not in kept]
    held_out = _measure(workshop, bench, (entry, other), data, report)
    overall = compare_losses(held_out, range(len(held_out.conversations)))
    return Influence(left_out, overall, _compare_near(held_out, gone), workshop.recipe.gate.margin)


def _plan_without(bench: Workshop, entry: Round, rest: RoundData) -> Round:
    """The round of the folder, planned with what stays."""
    planned = read_round(bench.root, entry.number, bench.rulebook.schemas["round"])
    if planned.state is State.PLANNED:
        corpus = describe_plan(rest, bench.recipe, bench.rulebook.rubric.digest)["corpus"]
        planned = replace(planned, plan={**entry.plan, "corpus": corpus})
        write_round(bench.root, planned)
    return planned


def _measure(
    workshop: Workshop, bench: Workshop, rounds: tuple[Round, Round], data: RoundData, report: Report
) -> Pairing:
    """The held-out losses of the round trained without them, and of the round itself; but for what repeats training data."""
    leaks = find_repeats(data.held_out, data.train)
    asked = tuple(one for one in data.held_out if one.id not in leaks)
    make_deterministic(workshop.recipe.seed, workshop.recipe.threads)
    entry, other = rounds
    texts = [one.turns for one in asked]
    without = tuple(losses(bench.registry.load(other), texts, report))  # one model in memory at a time
    return Pairing(asked, without, tuple(losses(workshop.registry.load(entry), texts, report)))


def _compare_near(held_out: Pairing, gone: Sequence[Conversation]) -> dict[str, Any] | None:
    """The same on the held-out conversations that are most like those that were left out."""
    asked = sorted(gone, key=lambda one: hash_order(one.id))[:_MOST_ASKED]
    near = sorted({place for places in find_neighbours(asked, held_out.conversations) for place in places})
    return compare_losses(held_out, near) if len(near) >= FEWEST else None
