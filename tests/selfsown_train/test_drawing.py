"""Words are drawn as often as they are likely, and unlikely ones not at all where they are left out."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from selfsown_train.drawing import draw_token, penalise


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.7, 1.0), (1.3, 0.8), (1.0, 0.0)])
def test_a_token_is_drawn_by_its_likelihood(temperature: float, top_p: float) -> None:
    scores = torch.tensor([2.0, 1.0, 0.5, 0.0, -1.0, -torch.inf])
    expected = (scores / temperature).softmax(-1).tolist()
    kept, total = [], 0.0
    for likely in expected:  # they are in order: the fewest that reach top_p
        kept.append(likely if total < top_p or not kept else 0.0)
        total += likely
    generator = torch.Generator().manual_seed(1)
    drawn = Counter(draw_token(scores, temperature, top_p, generator) for _ in range(3000))
    for token, likely in enumerate(kept):
        share = likely / sum(kept)
        assert drawn[token] / 3000 == pytest.approx(share, abs=4 * (share * (1 - share) / 3000) ** 0.5)


def test_a_seed_draws_the_same_again() -> None:
    scores = torch.linspace(-1, 1, 500)
    drawn = [draw_token(scores, 1.0, 0.9, torch.Generator().manual_seed(7)) for _ in range(3)]
    assert len(set(drawn)) == 1


def test_repetition_is_made_less_likely_as_generate_does() -> None:
    scores = torch.tensor([[2.2, -1.0, 1.0]])
    seen = torch.tensor([[True, True, False]])
    assert penalise(scores, seen)[0].tolist() == pytest.approx([2.0, -1.1, 1.0])
