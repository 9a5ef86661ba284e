"""Which word comes next: the likeliest, or one drawn by its likelihood from a generator of the request's own."""

from __future__ import annotations

from collections.abc import Sequence

import torch

REPETITION_PENALTY = 1.1


def penalise(scores: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """Scores [rows, vocabulary] with the penalty on repetition (Keskar et al. 2019, arXiv 1909.05858) of `generate`;
    `seen` says of the same places which tokens a row has already."""
    lower = torch.where(scores < 0, scores * REPETITION_PENALTY, scores / REPETITION_PENALTY)
    return torch.where(seen, lower, scores)


def gumbel_noise(generators: Sequence[torch.Generator], size: int) -> torch.Tensor:
    """Noise [generators, size] for drawing by the Gumbel-max trick (Maddison et al. 2014, arXiv 1411.0030): the likeliest
    word after the noise is a word drawn by its likelihood. Every row has its own generator, on the CPU, so that neither
    its neighbours nor the machine matter."""
    uniform = torch.stack([torch.rand(size, generator=one, dtype=torch.float64) for one in generators])
    return -torch.log(-torch.log(uniform.clamp_min(torch.finfo(torch.float64).tiny)))


def draw_token(scores: torch.Tensor, temperature: float, top_p: float, generator: torch.Generator) -> int:
    """A token drawn from the scores [vocabulary] of one row. `top_p` leaves out the unlikely (Holtzman et al. 2020,
    arXiv 1904.09751): what remains are the likeliest words that together reach it, at least one."""
    scores = scores.double().cpu() / temperature
    if top_p < 1:
        ordered, places = scores.sort(descending=True)
        before = ordered.softmax(-1).cumsum(-1).roll(1)
        before[0] = 0.0
        scores[places[before >= max(top_p, torch.finfo(torch.float64).tiny)]] = -torch.inf
    return int((scores + gumbel_noise([generator], len(scores))[0]).argmax())
