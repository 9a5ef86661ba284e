"""Is the candidate better? Decided by what was measured on conversations that never trained, paired with the live round.

Primary: the held-out loss must fall by more than the recipe's margin, which stands above the noise of seeds (an interval
alone is not enough: three seeds on the same data differ significantly). Guards refuse where harm is proven: on what no
earlier round was measured on, where held-out data was memorised, in what an independent judge prefers, in probes, in the
variety of answers, in the judge's agreement with people, in tasks of the harness. With k guards each one's interval is as
wide as Bonferroni asks for: a candidate that harms nothing is refused by any of them in at most 1 - `confidence` of cases.
Beside each trivial judge the table says what decides the judge's vote: see selfsown.vote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot, sqrt
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np

from selfsown.conversation import Conversation
from selfsown.judgement import Rubric
from selfsown.vote import check_name, trivial_judges
from selfsown_train.checks import (
    Ask,
    Check,
    Comparison,
    Draws,
    Role,
    compare_diversity,
    compare_means,
    compare_pair_accuracy,
    compare_ratio,
    decide_check,
)
from selfsown_train.contrast import Side, compare_sides
from selfsown_train.evaluate import Loss
from selfsown_train.measurement import Measurement, read_scores
from selfsown_train.recipe import GateRecipe

HELD_OUT, FRESH, MEMORISED = "held-out loss", "fresh held-out loss", "memorised held-out"
PREFERRED, DIVERSITY, AGREEMENT = "answers preferred", "distinct wordings", "judge agreement"
NATS = "nats per token"

FEWEST_FRESH = 30  # conversations: a slice of fewer is told and decides nothing
_POWER = 0.8

Asked: TypeAlias = tuple[Ask, Comparison]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the decision rests on: both models' measurements of one exam.

    `groups` says of each held-out conversation what it belongs to, `fresh` whether earlier rounds were measured on it;
    `human` are the people's scores of the rated ones. `preferred` says per prompt how far the judge prefers the new
    answer (1, ½, 0; nan: could not say). `sides` are what is held out and what trained, beside the bare base.
    """

    new: Measurement
    old: Measurement
    groups: tuple[str, ...]
    fresh: tuple[bool, ...] = ()
    human: tuple[float, ...] = ()
    preferred: tuple[float, ...] = ()
    sides: tuple[Side, Side] | None = None


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """Pass or refuse, why, and every check. `chance` is how often the guards refuse what harms nothing, at most."""

    decision: str
    reason: str
    checks: tuple[Check, ...]
    chance: float

    def to_json(self, incumbent: int | None, judge: str) -> dict[str, Any]:
        """As the round file has it; numbers to six places."""
        return {
            "decision": self.decision,
            "reason": self.reason,
            "incumbent": incumbent,
            "judge": judge,
            "checks": [check.to_json() for check in self.checks],
            "chance": round(self.chance, 6),
        }


def decide_gate(evidence: Evidence, recipe: GateRecipe, seed: int) -> GateVerdict:
    """Compare two measurements of the same exam."""
    draws = Draws(recipe.resamples, seed)
    ask = Ask(HELD_OUT, -recipe.margin, Role.PRIMARY, "less", NATS)
    everything = np.arange(len(evidence.new.losses))
    primary = decide_check(ask, _compare_losses(evidence, everything, draws), recipe.confidence)
    asked = list(_ask_guards(evidence, recipe, draws))
    chance = 1 - recipe.confidence
    guards = sum(ask.role is Role.GUARD for ask, _ in asked)
    strict = 1 - 2 * chance / max(1, guards)
    checks = [decide_check(ask, found, strict if ask.role is Role.GUARD else recipe.confidence) for ask, found in asked]
    failed = [check for check in (primary, *checks) if check.decides and not check.passed]
    reason = "; ".join(_render_failure(check, recipe) for check in failed)
    passed = f"the held-out loss fell by {-primary.difference:.3f} nats per token"
    return GateVerdict("refuse" if failed else "pass", reason or passed, (primary, *checks), chance)


def _ask_guards(evidence: Evidence, recipe: GateRecipe, draws: Draws) -> Iterator[Asked]:
    """Every guard that can be asked: what was not measured, or too little of it, refuses nothing."""
    new, old = evidence.new, evidence.old
    yield from _ask_losses(evidence, recipe, draws)
    found = compare_pair_accuracy(new.scores, old.scores, evidence.human, draws)
    if found:
        yield Ask(AGREEMENT, -recipe.agreement_loss, Role.GUARD), found
    found = compare_means(evidence.preferred, [0.5] * len(evidence.preferred), draws)
    if found:
        yield Ask(PREFERRED, -recipe.win_loss, Role.GUARD), found
    found = compare_diversity(new.answers, old.answers, draws)
    if found:
        yield Ask(DIVERSITY, -recipe.diversity_loss, Role.GUARD), found
    for kind, values in new.probes.items():
        found = compare_means(values, old.probes[kind], draws)
        if found:
            yield Ask(f"probes: {kind}", -recipe.probe_loss, Role.GUARD), found
    for task, values in new.tasks.items():
        found = compare_means(values, old.tasks[task], draws)
        if found:
            yield Ask(f"task: {task}", -recipe.probe_loss, Role.GUARD), found


def _ask_losses(evidence: Evidence, recipe: GateRecipe, draws: Draws) -> Iterator[Asked]:
    rows = np.flatnonzero(evidence.fresh)
    if 1 < len(rows) < len(evidence.new.losses):
        role = Role.GUARD if len(rows) >= FEWEST_FRESH else Role.TOLD
        yield Ask(FRESH, recipe.margin, role, "less", NATS), _compare_losses(evidence, rows, draws)
    found = compare_sides(*evidence.sides, draws) if evidence.sides else None
    if found:
        yield Ask(MEMORISED, -recipe.margin, Role.GUARD, "more", NATS), found


def _compare_losses(evidence: Evidence, rows: Sequence[int] | Any, draws: Draws) -> Comparison:
    new, old = (_nats(side)[:, rows] for side in (evidence.new.losses, evidence.old.losses))
    return compare_ratio(new[0], old[0], old[1], [evidence.groups[row] for row in rows], draws)


def _nats(losses: Sequence[Loss]) -> Any:
    return np.array([[entry.nats for entry in losses], [entry.tokens for entry in losses]], dtype=np.float64)


def _render_failure(check: Check, recipe: GateRecipe) -> str:
    """Why one check refuses, as a clause."""
    before, now, change = f"{check.incumbent:.2f}", f"{check.candidate:.2f}", f"{check.difference:+.3f}"
    clauses = {
        HELD_OUT: f"the held-out loss is not lower by more than {recipe.margin} nats per token beyond doubt ({change}; "
        f"a fall of {detectable_fall(check, recipe):.3f} would be seen in 8 of 10 cases)",
        FRESH: f"the loss on conversations that no earlier round was measured on rose ({change})",
        MEMORISED: "it knows the held-out conversations better than those it was trained on: it has seen them",
        AGREEMENT: f"the judge agrees with people less than before (by more than {recipe.agreement_loss})",
        PREFERRED: f"the judge prefers the old answers (the new ones win {now} of the comparisons)",
        DIVERSITY: f"its answers repeat each other more ({change} of the wordings are distinct)",
    }
    return clauses.get(check.name, f"{check.name}: {before} before, {now} now")


def detectable_fall(check: Check, recipe: GateRecipe) -> float:
    """The fall of the loss that would have passed in _POWER of cases, with as many conversations as spread.

    Seeds are taken to differ by a third of the margin (their standard deviation), as the margin asks for.
    """
    sure = NormalDist().inv_cdf((1 + recipe.confidence) / 2)
    error = (check.high - check.low) / (2 * sure)
    seeds = sqrt(2) * recipe.margin / 3
    return recipe.margin + sure * error + NormalDist().inv_cdf(_POWER) * hypot(error, seeds)


def ask_trivial(conversations: Sequence[Conversation], rubric: Rubric) -> dict[str, tuple[float, ...]]:
    """What each trivial judge says of the rated conversations, by its name."""
    return {name: read_scores(judge.judge(conversations, rubric)) for name, judge in trivial_judges().items()}


def compare_with_trivial(
    scores: Sequence[float],
    trivial: Mapping[str, Sequence[float]],
    human: Sequence[float],
    recipe: GateRecipe,
    seed: int,
) -> tuple[Check, ...]:
    """Whether the model judges better than each trivial judge, beyond doubt: only then do its ratings decide anything."""
    draws = Draws(recipe.resamples, seed)
    found = {name: compare_pair_accuracy(scores, said, human, draws) for name, said in trivial.items()}
    return tuple(
        decide_check(Ask(check_name(name), 0.0, Role.TOLD), entry, recipe.confidence)
        for name, entry in found.items()
        if entry is not None
    )


def with_checks(verdict: GateVerdict, told: Sequence[Check]) -> GateVerdict:
    """A verdict with further checks that decide nothing."""
    return replace(verdict, checks=(*verdict.checks, *told))
