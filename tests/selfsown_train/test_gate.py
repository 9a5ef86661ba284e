from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from selfsown.evaluation.intervals import bootstrap_interval
from selfsown.vote import TRIVIAL, check_name
from selfsown_train.evaluate import Loss
from selfsown_train.gate import Measurement, ask_trivial, compare_with_trivial, decide_gate
from selfsown_train.recipe import GateRecipe

RECIPE = GateRecipe(margin=0.005, resamples=2000, confidence=0.95, agreement_loss=0.1)
N = 120


def losses(mean: float, seed: int, spread: float = 0.5) -> tuple[Loss, ...]:
    difficulty = np.random.default_rng(1).normal(0, spread, N)
    noise = np.random.default_rng(seed).normal(0, 0.01, N)
    return tuple(
        Loss(float(max(0.1, mean + hard + small) * 40), 40) for hard, small in zip(difficulty, noise, strict=True)
    )


def measurement(mean: float, seed: int, scores: Any = None) -> Measurement:
    return Measurement(losses(mean, seed), tuple(np.full(N, 5.0) if scores is None else scores), "judge")


HUMAN = [float(index % 11) for index in range(N)]


def decide(new: Measurement, old: Measurement, recipe: GateRecipe = RECIPE) -> Any:
    return decide_gate(new, old, HUMAN, recipe, seed=3)


def test_a_clearly_lower_loss_passes() -> None:
    verdict = decide(measurement(2.9, 2), measurement(3.0, 3))
    assert verdict.decision == "pass"
    assert verdict.checks[0].difference == pytest.approx(-0.1, abs=0.01)
    assert verdict.checks[0].low < verdict.checks[0].difference < verdict.checks[0].high < -0.005


@pytest.mark.parametrize("mean", [3.0, 3.1, 2.998])
def test_equal_worse_or_within_the_margin_is_refused(mean: float) -> None:
    verdict = decide(measurement(mean, 2), measurement(3.0, 3))
    assert verdict.decision == "refuse"
    assert "held-out loss" in verdict.reason


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
    verdict = decide_gate(measurement(2.8, 2), measurement(3.0, 3), [5.0] * N, RECIPE, seed=3)
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
