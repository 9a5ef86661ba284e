"""What the review says of the frozen judge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from selfsown import sentences
from selfsown.ledger import Drift
from selfsown.render.html import render_html
from selfsown.render.markdown import render_markdown
from selfsown.render.terminal import render_terminal


@pytest.fixture
def review(build):
    chat = build.chat("why?", "because of it")
    return build.review(chats=[chat], answers=[build.judged(chat, 5)])


@pytest.mark.parametrize(
    ("tau", "how"), [(0.71, "alike"), (0.4, "partly alike"), (0.1, "differently"), (-1, "differently")]
)
def test_one_sentence_says_how_alike_the_frozen_judge_ranks(review, tau, how):
    said = sentences.scale(replace(review, drift=Drift("frozen-1", 12, tau)))
    assert said.endswith(f" The frozen judge ranks 12 conversations {how} (Kendall's tau {tau:.2f}).")
    assert said.startswith(sentences.scale(review))


def test_without_drift_nothing_is_said(review):
    assert review.drift is None
    assert "frozen" not in sentences.scale(review)
    assert review.to_json()["drift"] is None


def test_every_rendering_shows_it_once_and_the_verdict_is_the_same(review, rulebook):
    drifted = replace(review, drift=Drift("frozen-1", 12, 0.3))
    pages = [render_markdown(drifted, rulebook.policy.review), render_html(drifted)]
    assert [page.count("The frozen judge ranks") for page in pages] == [1, 1]
    assert render_terminal(drifted) is not None
    assert (drifted.decision, drifted.rows, drifted.judges) == (review.decision, review.rows, review.judges)
