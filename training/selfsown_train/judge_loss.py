"""The loss of a judge, at the position of the answer and over the labels of the options alone.

Cross-entropy to soft answers, the squared error of the expected points, and softplus of the difference in expected points
where one conversation deserves more than the other (Bradley & Terry 1952).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from selfsown.judge.prompt import LEVELS
from selfsown_train.distributed import average, processes
from selfsown_train.judge_examples import POINTS
from selfsown_train.judge_recipe import LossRecipe

_NEVER = -1e9  # the logit of an option that a question does not have


@dataclass(frozen=True, slots=True)
class Losses:
    """The three pieces, each a mean over what it applies to, zero where that is nothing.

    Several processes divide the sums of their own rows by the mean of their counts: the mean of what comes out is what one
    process would have got for all rows.
    """

    cross_entropy: torch.Tensor
    regression: torch.Tensor
    pairwise: torch.Tensor

    def total(self, recipe: LossRecipe) -> torch.Tensor:
        """Their weighted sum."""
        return self.cross_entropy + recipe.regression * self.regression + recipe.pairwise * self.pairwise


def option_logits(logits: torch.Tensor, options: torch.Tensor) -> torch.Tensor:
    """The logits of each prompt's options, (prompts, LEVELS), from those of the vocabulary; `options` is padded with -1."""
    found = logits.float().gather(1, options.clamp(min=0))
    return found.masked_fill(options < 0, _NEVER)


def expected_points(logits: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """What each prompt is answered on average, 0 to 10; both arguments have the shape (prompts, LEVELS)."""
    return (logits.softmax(-1) * points).sum(-1)


def judge_losses(logits: torch.Tensor, batch: dict[str, torch.Tensor]) -> Losses:
    """The pieces of a batch; `logits` are those of the options, see `option_logits`."""
    expected = expected_points(logits, batch["points"])
    taught = batch["taught"]
    shares = batch["shares"][taught]
    cross_entropy = -(shares * logits[taught].log_softmax(-1)).sum(-1)
    regression = ((expected[taught] - batch["wanted"][taught]) / POINTS) ** 2
    better, worse = batch["orders"].unbind(1)
    pairwise = torch.nn.functional.softplus(expected[worse] - expected[better])
    counts = average(torch.tensor([len(taught), len(better)], dtype=torch.float32))
    least = 1 / processes()
    taught_rows, orders = counts.clamp(min=least).tolist()
    return Losses(cross_entropy.sum() / taught_rows, regression.sum() / taught_rows, pairwise.sum() / orders)


def padded(values: tuple[float, ...], filler: float) -> list[float]:
    """Values of two options, or of all levels, at the length of all levels."""
    return [*values, *[filler] * (LEVELS - len(values))]
