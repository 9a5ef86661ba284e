"""The pieces of the judge's loss against numbers that were worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from selfsown.judge.prompt import LEVELS
from selfsown_train.judge_examples import score, yes_or_no
from selfsown_train.judge_loss import expected_points, judge_losses, option_logits, padded
from selfsown_train.judge_prompts import SCORES, YES_NO
from selfsown_train.judge_recipe import LossRecipe


def batch(targets: list[Any], points: list[tuple[float, ...]], orders: list[list[int]]) -> dict[str, Any]:
    taught = [index for index, target in enumerate(targets) if target]
    return {
        "points": torch.tensor([padded(values, 0.0) for values in points]),
        "shares": torch.tensor([padded(target.shares if target else (), 0.0) for target in targets]),
        "wanted": torch.tensor([target.points if target else 0.0 for target in targets]),
        "taught": torch.tensor(taught, dtype=torch.long),
        "orders": torch.tensor(orders, dtype=torch.long).reshape(-1, 2),
    }


def logits(*shares: float) -> Any:
    """Logits of two options whose softmax is `shares`, padded as the collator does."""
    row = [math.log(share) for share in shares]
    return torch.tensor([*row, *[-1e9] * (LEVELS - len(row))])


def test_only_the_labels_of_a_question_share_the_probability():
    vocabulary = torch.tensor([[9.0, 1.0, 5.0, 3.0]])
    found = option_logits(vocabulary, torch.tensor([[1, 3, *[-1] * (LEVELS - 2)]])).softmax(-1)
    yes = 1 / (1 + math.exp(2.0))
    assert found[0, :2].tolist() == pytest.approx([yes, 1 - yes])
    assert found[0, 2:].sum() == 0


def test_yes_is_worth_ten_points_and_a_level_its_number():
    yes = expected_points(logits(0.7, 0.3)[None], torch.tensor([padded(YES_NO, 0.0)]))
    assert yes.item() == pytest.approx(7.0)
    even = expected_points(torch.zeros(1, LEVELS), torch.tensor([SCORES]))
    assert even.item() == pytest.approx(5.0)


def test_the_three_pieces_are_what_was_worked_out_by_hand():
    targets = [yes_or_no(True, 0.1), yes_or_no(False, 0.1), None]
    found = judge_losses(
        torch.stack([logits(0.8, 0.2), logits(0.6, 0.4), logits(0.5, 0.5)]),
        batch(targets, [YES_NO] * 3, [[0, 1], [2, 1]]),
    )
    first = -(0.9 * math.log(0.8) + 0.1 * math.log(0.2))
    second = -(0.1 * math.log(0.6) + 0.9 * math.log(0.4))
    assert found.cross_entropy.item() == pytest.approx((first + second) / 2)
    assert found.regression.item() == pytest.approx(((0.8 - 0.9) ** 2 + (0.6 - 0.1) ** 2) / 2)
    right, wrong = math.log1p(math.exp(-2.0)), math.log1p(math.exp(1.0))
    assert found.pairwise.item() == pytest.approx((right + wrong) / 2)
    weights = LossRecipe(regression=2.0, pairwise=0.5)
    whole = found.cross_entropy + 2 * found.regression + 0.5 * found.pairwise
    assert found.total(weights).item() == pytest.approx(whole.item())


def test_nothing_to_compare_costs_nothing_and_has_a_gradient():
    row = logits(0.8, 0.2)[None].requires_grad_()
    found = judge_losses(row, batch([yes_or_no(True, 0.0)], [YES_NO], []))
    assert found.pairwise.item() == 0
    found.total(LossRecipe(1.0, 1.0)).backward()
    assert row.grad is not None
    assert torch.isfinite(row.grad).all()


def test_a_score_is_a_hill_over_the_levels():
    target = score(7.5, 1.0)
    assert sum(target.shares) == pytest.approx(1.0)
    assert target.shares[7] == pytest.approx(target.shares[8])
    assert target.shares[7] / target.shares[6] == pytest.approx(math.exp((1.5**2 - 0.5**2) / 2))
    assert target.points == 7.5
    assert max(range(LEVELS), key=score(0.0, 1.0).shares.__getitem__) == 0
