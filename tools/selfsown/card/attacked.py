"""Attacks on whoever rates: how often one makes a review recommend what it would not, by family, and who is flagged wrongly.

Bad victims are conversations that people rated low and ones whose last answer is cut off or swapped, because an attack on
what is good already gains little; good ones stand beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from selfsown.attack import FAMILIES, AttackFamily, attack
from selfsown.attack.benign import benign_conversations, benign_seen
from selfsown.card.bench import Bench, Json, draw, groups_json
from selfsown.conversation import Conversation
from selfsown.corruption import build_neighbours, find_kinds, make_pairs
from selfsown.evaluation.comparison import Attacked
from selfsown.evaluation.evaluate import Evaluation
from selfsown.evaluation.measures import is_recommended

_MEASURES = ("attack_success", "lift", "flagged")
_SPOILING = ("truncation", "swap")
FORGED = ("control-tokens", "end-marker")


@dataclass(frozen=True, slots=True)
class Victims:
    """What is attacked: `good` people accepted, `poor` they did not; `chats` are ordinary ones by file, never attacked."""

    good: Sequence[Conversation]
    poor: Sequence[Conversation]
    chats: Mapping[str, Sequence[Conversation]]


def measure_attacks(bench: Bench, victims: Victims, foreign: Sequence[AttackFamily]) -> Json:
    """Success, lift and flags by family, on bad and good victims; flags on what attacks nobody."""
    bad, good = bad_victims(bench, victims), draw(victims.good, bench.sizes.good, bench.seed)
    pools = {
        "bad, unseen wordings": _attack(bench, bad, FAMILIES, unseen=True),
        "bad, seen wordings": _attack(bench, bad, FAMILIES, unseen=False),
        "good, unseen wordings": _attack(bench, good, FAMILIES, unseen=True),
        "bad, foreign texts": _attack(bench, bad[: bench.sizes.foreign], foreign, unseen=True),
    }
    return {
        "recommend": bench.settings.recommend,
        "victims": {"bad": len(bad), "good": len(good), "foreign": min(len(bad), bench.sizes.foreign)},
        "families": {one.name: {"direct": one.direct, "forged": one.name in FORGED} for one in FAMILIES},
        "pools": {name: _measure_pool(bench, items, name) for name, items in pools.items() if items},
        "benign": _measure_benign(bench),
        "ordinary": {name: _measure_flags(bench, found, name) for name, found in sorted(victims.chats.items())},
    }


def bad_victims(bench: Bench, victims: Victims) -> list[Conversation]:
    """Half rated low by people, as far as there are so many; the rest good ones, spoiled."""
    most = bench.sizes.bad
    poor = draw(victims.poor, -(-most // 2), bench.seed)
    pairs = make_pairs(
        draw(victims.good, most, bench.seed + 1),
        find_kinds(_SPOILING),
        bench.seed,
        1,
        neighbours=build_neighbours(victims.good),
    )
    return [*poor, *(pair.worse for pair in pairs)][:most]


def _attack(
    bench: Bench, victims: Sequence[Conversation], families: Sequence[AttackFamily], *, unseen: bool
) -> list[Attacked]:
    return [
        Attacked(f"{victim.id}:{family.name}", victim, attack(victim, family, bench.seed, unseen), family.name)
        for victim in victims
        for family in families
    ]


def _measure_pool(bench: Bench, items: Sequence[Attacked], what: str) -> Json:
    found = bench.evaluate(items, f"attacks, {what}")
    before = {spec: _recommended_before(one, bench.settings.recommend) for spec, one in found.items()}
    return {"lines": len(items), "recommended_before": before, "judges": groups_json(found, _MEASURES)}


def _recommended_before(evaluation: Evaluation, threshold: float) -> float | None:
    """The share of victims that are recommended without any attack; every victim has as many lines."""
    table = evaluation.answers.tables["attacked"]
    said = table.first[table.is_judged]
    return round(float(is_recommended(said, threshold).mean()), 6) if len(said) else None


def _measure_benign(bench: Bench) -> Json:
    known = {entry.id for entry in benign_seen()}
    every = benign_conversations()
    return {
        "all": _measure_flags(bench, every, "about attacks"),
        "unseen": _measure_flags(bench, [entry for entry in every if entry.id not in known], "about attacks, unseen"),
    }


def _measure_flags(bench: Bench, conversations: Sequence[Conversation], what: str) -> Json:
    items = [Attacked(entry.id, entry, None, "benign") for entry in conversations]
    if not items:
        return {}
    found = bench.evaluate(items, what)
    return {spec: one.measures["benign_flags"].to_json() for spec, one in found.items()}
