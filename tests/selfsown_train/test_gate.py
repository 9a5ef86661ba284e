from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from selfsown.evaluation.intervals import bootstrap_interval
from selfsown.vote import TRIVIAL, check_name
from selfsown_train.checks import Check, Role
from selfsown_train.contrast import Side
from selfsown_train.evaluate import Loss
from selfsown_train.gate import (
    FEWEST_FRESH,
    Evidence,
    GateVerdict,
    ask_trivial,
    compare_with_trivial,
    decide_gate,
    detectable_fall,
)
from selfsown_train.measurement import Measurement
from selfsown_train.recipe import GateRecipe

RECIPE = GateRecipe(
    margin=0.005,
    resamples=2000,
    confidence=0.95,
    agreement_loss=0.1,
    answers=24,
    answer_tokens=48,
    win_loss=0.1,
    probe_loss=0.1,
    diversity_loss=0.1,
    harness=(),
)
N = 120
KINDS = ("arithmetic", "format", "refusal", "repetition")
WORDS = tuple(f"word{number}" for number in range(400))


def losses(mean: float, seed: int, spread: float = 0.5, noise: float = 0.01, n: int = N) -> tuple[Loss, ...]:
    """`spread` is how hard the conversations are, alike for every model; `noise` is what a model does with each."""
    difficulty = np.random.default_rng(1).normal(0, spread, n)
    own = np.random.default_rng(seed).normal(0, noise, n)
    return tuple(
        Loss(float(max(0.1, mean + hard + small) * 40), 40) for hard, small in zip(difficulty, own, strict=True)
    )


def measurement(mean: float, seed: int, scores: Any = None) -> Measurement:
    return Measurement(losses(mean, seed), tuple(np.full(N, 5.0) if scores is None else scores), "judge")


HUMAN = [float(index % 11) for index in range(N)]
GROUPS = tuple(map(str, range(N)))


def decide(new: Measurement, old: Measurement, recipe: GateRecipe = RECIPE, **more: Any) -> GateVerdict:
    return decide_gate(Evidence(new, old, GROUPS, **{"human": tuple(HUMAN), **more}), recipe, seed=3)


def named(verdict: GateVerdict, name: str) -> Check:
    (found,) = (check for check in verdict.checks if check.name == name)
    return found


def test_a_clearly_lower_loss_passes() -> None:
    verdict = decide(measurement(2.9, 2), measurement(3.0, 3))
    assert verdict.decision == "pass"
    assert verdict.checks[0].role is Role.PRIMARY
    assert verdict.checks[0].difference == pytest.approx(-0.1, abs=0.01)
    assert verdict.checks[0].low < verdict.checks[0].difference < verdict.checks[0].high < -0.005


@pytest.mark.parametrize("mean", [3.0, 3.1, 2.998])
def test_equal_worse_or_within_the_margin_is_refused(mean: float) -> None:
    verdict = decide(measurement(mean, 2), measurement(3.0, 3))
    assert verdict.decision == "refuse"
    assert "held-out loss" in verdict.reason
    assert "would be seen in 8 of 10 cases" in verdict.reason


def test_the_same_model_twice_is_refused() -> None:
    verdict = decide(measurement(3.0, 3), measurement(3.0, 3))
    assert verdict.decision == "refuse"
    assert verdict.checks[0].difference == 0


def test_a_judge_that_agrees_less_beyond_noise_is_refused_although_the_loss_fell() -> None:
    verdict = decide(measurement(2.8, 2, [-score for score in HUMAN]), measurement(3.0, 3, HUMAN))
    assert verdict.decision == "refuse"
    assert "agrees with people less" in verdict.reason
    assert verdict.checks[1].candidate == 0.0
    assert verdict.checks[1].incumbent == 1.0


def test_a_constant_judge_agrees_by_half() -> None:
    verdict = decide(measurement(2.8, 2), measurement(3.0, 3))
    assert verdict.checks[1].candidate == verdict.checks[1].incumbent == 0.5
    assert verdict.decision == "pass"


def test_what_was_not_judged_takes_no_part() -> None:
    scores = np.array(HUMAN)
    scores[::2] = np.nan
    verdict = decide(measurement(2.8, 2, scores), measurement(3.0, 3, HUMAN))
    assert verdict.checks[1].n == N // 2
    assert verdict.checks[1].candidate == 1.0


def test_too_few_rated_pairs_do_not_gate() -> None:
    verdict = decide(measurement(2.8, 2), measurement(3.0, 3), human=(5.0,) * N)
    assert [check.name for check in verdict.checks] == ["held-out loss"]


def test_a_judge_is_held_against_every_trivial_one():
    trivial = {"features": HUMAN, "longest": [0.0] * N, "shortest": [-score for score in HUMAN]}
    checks = compare_with_trivial(HUMAN, trivial, HUMAN, RECIPE, seed=3)
    assert [(check.name, check.passed) for check in checks] == [
        ("judge against features", False),
        ("judge against longest", True),
        ("judge against shortest", True),
    ]
    assert [(check.candidate, check.incumbent) for check in checks] == [(1.0, 1.0), (1.0, 0.5), (1.0, 0.0)]
    assert not any(check.decides for check in checks)
    assert checks[1].low == checks[1].difference == 0.5


def test_a_lead_that_might_be_luck_is_no_lead():
    noise = np.random.default_rng(4).normal(0, 8, N)
    slightly = [score + wobble for score, wobble in zip(HUMAN, noise, strict=True)]
    (check,) = compare_with_trivial(slightly[:16], {"constant": [5.0] * 16}, HUMAN[:16], RECIPE, seed=3)
    assert check.low < 0 < check.high
    assert not check.passed


def test_with_too_few_pairs_nothing_is_said_of_the_vote():
    assert compare_with_trivial([5.0] * N, {"constant": [5.0] * N}, [5.0] * N, RECIPE, seed=3) == ()


def test_the_trivial_judges_of_the_table_are_those_of_the_vote(rulebook):
    said = ask_trivial([], rulebook.rubric)
    assert tuple(said) == TRIVIAL
    names = [check_name(name) for name in said]
    assert names[0] == "judge against features"


def test_pairing_by_conversation_narrows_the_interval() -> None:
    new, old = losses(2.9, 2), losses(3.0, 3)
    values = np.array([[entry.per_token for entry in new], [entry.per_token for entry in old]])
    paired = bootstrap_interval(lambda rows: float((values[0] - values[1])[rows].mean()), N, 1000, 0.95, 5)
    shuffled = values[1][np.random.default_rng(9).permutation(N)]
    unpaired = bootstrap_interval(lambda rows: float((values[0] - shuffled)[rows].mean()), N, 1000, 0.95, 5)
    assert (paired.high - paired.low) * 4 < unpaired.high - unpaired.low


def test_more_confidence_is_a_wider_interval() -> None:
    wide = decide(measurement(2.9, 2), measurement(3.0, 3), replace(RECIPE, confidence=0.99)).checks[0]
    narrow = decide(measurement(2.9, 2), measurement(3.0, 3), replace(RECIPE, confidence=0.8)).checks[0]
    assert wide.high - wide.low > narrow.high - narrow.low


def test_conversations_that_begin_alike_count_as_one() -> None:
    """Forty copies of three conversations say no more than three."""
    new, old = measurement(2.9, 2), measurement(3.0, 3)
    copies = tuple(str(index % 3) for index in range(N))
    evidence = Evidence(new, old, GROUPS, human=tuple(HUMAN))
    alone = decide_gate(evidence, RECIPE, seed=3).checks[0]
    together = decide_gate(replace(evidence, groups=copies), RECIPE, seed=3).checks[0]
    assert alone.difference == together.difference
    assert together.high - together.low != alone.high - alone.low


# Below: many rounds by simulation, no model needed. What noise there is in a real one is drawn: of each conversation, of
# the seed that trained (the same for all conversations), of single answers and probes.

SEED_NOISE = 0.0017  # nats: the standard deviation of trainings that differ in their seed; three of it are the margin
QUICK = replace(RECIPE, resamples=400)
ROUNDS = 400


def answers(random: np.random.Generator, variety: int = 400, n: int = 24) -> tuple[str, ...]:
    return tuple(" ".join(random.choice(WORDS[:variety], size=12)) for _ in range(n))


def simulate(seed: int, fall: float = 0.0, **harm: Any) -> Evidence:
    """One round: `fall` of the loss in truth, and the harm that is named. All else differs by noise alone."""
    random = np.random.default_rng(seed)
    shift = float(np.subtract(*random.normal(0, SEED_NOISE, 2)))
    wins = random.choice([0.0, 0.5, 1.0], size=24, p=harm.get("wins", (0.25, 0.5, 0.25)))
    solved = {kind: tuple(random.binomial(1, 0.7, 20).astype(float)) for kind in KINDS}
    forgotten = {
        kind: tuple(random.binomial(1, 0.7 * (kind != harm.get("forgets")), 20).astype(float)) for kind in KINDS
    }
    noisy = [tuple(np.array(HUMAN) * harm.get(key, 1.0) + random.normal(0, 4, N)) for key in ("judges", "")]
    old = losses(3.0, 2 * seed + 10, noise=0.04)
    new = losses(3.0 - fall + shift, 2 * seed + 11, noise=0.04)
    fresh = tuple(index < FEWEST_FRESH for index in range(N))
    if "fresh" in harm:
        new = tuple(
            Loss(entry.nats + harm["fresh"] * entry.tokens * is_fresh, entry.tokens)
            for entry, is_fresh in zip(new, fresh, strict=True)
        )
    return Evidence(
        Measurement(new, noisy[0], "judge", answers(random, harm.get("variety", 400)), forgotten),
        Measurement(old, noisy[1], "judge", answers(random), solved),
        GROUPS,
        fresh,
        tuple(HUMAN),
        tuple(wins),
        sides(seed, harm.get("seen", 0.0)),
    )


def sides(seed: int, seen: float) -> tuple[Side, Side]:
    """Held out and trained on: the gain beside the base is alike on both but for `seen` nats more on what is held out."""
    base, n = losses(3.2, seed + 50_000, noise=0.04), 60
    held, trained = losses(3.0 - seen, seed + 60_000, noise=0.04), losses(3.0, seed + 70_000, noise=0.04)
    return Side(held[:n], base[:n], GROUPS[:n]), Side(trained[n:], base[n:], GROUPS[n:])


def verdicts(seeds: Sequence[int], **truth: Any) -> list[GateVerdict]:
    return [decide_gate(simulate(seed, **truth), QUICK, seed) for seed in seeds]


def primaries(seeds: Sequence[int], fall: float = 0.0) -> list[Check]:
    """The primary check alone: with guards beside it no more would pass."""
    found = (simulate(seed, fall) for seed in seeds)
    bare = (Evidence(bare_of(one.new), bare_of(one.old), GROUPS) for one in found)
    return [decide_gate(evidence, QUICK, seed).checks[0] for seed, evidence in zip(seeds, bare, strict=True)]


def bare_of(measured: Measurement) -> Measurement:
    return Measurement(measured.losses, (), "judge")


def test_with_no_real_difference_95_of_100_rounds_are_refused() -> None:
    passed = sum(check.passed for check in primaries(range(ROUNDS)))
    assert passed <= 0.05 * ROUNDS, f"{passed} of {ROUNDS} passed"


def test_a_real_fall_passes_with_the_power_that_is_told() -> None:
    """120 conversations whose paired differences spread by 0.057 nats: a refusal says which fall is seen 8 times of 10."""
    fall = float(np.mean([detectable_fall(check, RECIPE) for check in primaries(range(40))]))
    assert 0.015 < fall < 0.025
    passed = sum(check.passed for check in primaries(range(ROUNDS, ROUNDS + 200), fall))
    assert 0.68 <= passed / 200 <= 0.88


def test_guards_seldom_refuse_what_harms_nothing() -> None:
    """All of them together: at most one in twenty, for they are paid for as many as they are."""
    found = verdicts(range(2 * ROUNDS, 2 * ROUNDS + 100), fall=0.06)
    guards = {check.name for check in found[0].checks if check.role is Role.GUARD}
    assert len(guards) == 9
    refused = [verdict.reason for verdict in found if verdict.decision == "refuse"]
    assert len(refused) <= 0.05 * len(found), refused


@pytest.mark.parametrize(
    ("harm", "name", "words"),
    [
        ({"fresh": 0.25}, "fresh held-out loss", "no earlier round was measured on"),
        ({"seen": 0.4}, "memorised held-out", "it has seen them"),
        ({"judges": -1.0}, "judge agreement", "agrees with people less"),
        ({"wins": (0.9, 0.1, 0.0)}, "answers preferred", "prefers the old answers"),
        ({"variety": 2}, "distinct wordings", "repeat each other more"),
        *[({"forgets": kind}, f"probes: {kind}", f"probes: {kind}") for kind in KINDS],
    ],
)
def test_each_guard_refuses_its_harm_although_the_loss_fell(harm: dict[str, Any], name: str, words: str) -> None:
    found = verdicts(range(10), fall=0.12, **harm)
    caught = [verdict for verdict in found if not named(verdict, name).passed]
    assert len(caught) >= 9
    assert all(verdict.decision == "refuse" and words in verdict.reason for verdict in caught)
    others = [check.name for verdict in found for check in verdict.checks if not check.passed and check.name != name]
    assert len(others) <= 1, others


def test_tasks_of_the_harness_guard_too() -> None:
    evidence = simulate(1, fall=0.06)
    tasks = {"sums": (1.0,) * 20}, {"sums": (0.0,) * 20}
    better, worse = (replace(evidence.new, tasks=each) for each in tasks)
    verdict = decide_gate(replace(evidence, new=worse, old=replace(evidence.old, tasks=tasks[0])), QUICK, 1)
    assert "task: sums: 1.00 before, 0.00 now" in verdict.reason
    assert (
        decide_gate(replace(evidence, new=better, old=replace(evidence.old, tasks=tasks[1])), QUICK, 1).decision
        == "pass"
    )


def test_a_small_fresh_slice_is_told_and_decides_nothing() -> None:
    fresh = tuple(index < FEWEST_FRESH - 1 for index in range(N))
    check = named(decide(measurement(2.8, 2), measurement(3.0, 3), fresh=fresh), "fresh held-out loss")
    assert (check.decides, check.n) == (False, FEWEST_FRESH - 1)
    everything = decide(measurement(2.8, 2), measurement(3.0, 3), fresh=(True,) * N)
    assert "fresh held-out loss" not in {entry.name for entry in everything.checks}, "it would be the same data twice"


def test_few_answers_or_probes_decide_nothing() -> None:
    few = {"sums": (0.0,) * 9}
    new, old = (replace(measurement(mean, seed), probes=few) for mean, seed in ((2.8, 2), (3.0, 3)))
    verdict = decide(new, replace(old, probes={"sums": (1.0,) * 9}), preferred=(0.0,) * 9 + (float("nan"),) * 20)
    assert verdict.decision == "pass"
    assert {check.name for check in verdict.checks} == {"held-out loss", "judge agreement"}


def test_a_base_that_knows_the_training_side_by_heart_accuses_nobody() -> None:
    """The candidate gains on what is held out and nothing on what the base knew already: it is no thief for that."""
    n = 60
    known, other = losses(0.1, 5, spread=0.01)[:n], losses(3.0, 6)[:n]
    better = losses(2.7, 7)[:n]
    verdict = decide(
        measurement(2.8, 2),
        measurement(3.0, 3),
        sides=(Side(better, other, GROUPS[:n]), Side(known, known, GROUPS[:n])),
    )
    check = named(verdict, "memorised held-out")
    assert check.candidate < check.incumbent == 0.0
    assert check.passed
