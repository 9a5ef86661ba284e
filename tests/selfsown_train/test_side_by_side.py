"""Which of two answers a judge prefers: a place must not count, and what does not fit is no verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.judge.features import FeaturesJudge
from selfsown.judge.pair_prompt import FIRST, SECOND, AnswerPair
from selfsown.judgement import Judgement, Rubric, Unjudged
from selfsown_train import side_by_side
from selfsown_train.local_judge import LocalJudge, as_judge
from selfsown_train.model import ChatModel
from selfsown_train.report import silent
from selfsown_train.rounds import Workshop
from selfsown_train.side_by_side import compare_answers, decide_preference, prefer_first

PROMPTS = [(Turn("user", f"What is {number} plus {number}?"),) for number in range(4)]
GOOD = [f"It is {2 * number}." for number in range(4)]
POOR = ["", "what what what what what what", "I I I I", "Sure! Sure! Sure! Sure!"]


@pytest.fixture(scope="module")
def rubric(workshop: Workshop) -> Rubric:
    return workshop.rulebook.rubric


@pytest.fixture(scope="module")
def local(workshop: Workshop, trained: Any) -> LocalJudge:
    return as_judge(workshop.registry.load(trained), "round")


@dataclass
class ScoringJudge:
    """Scores a conversation by what its last turn says."""

    scores: dict[str, float]
    id: str = "scoring-1"
    asked: list[str] = field(default_factory=list)

    def judge(self, conversations: Sequence[Conversation], rubric: Rubric) -> list[Judgement | Unjudged]:
        self.asked += [entry.turns[-1].content for entry in conversations]
        return [self._judge(entry, rubric) for entry in conversations]

    def _judge(self, entry: Conversation, rubric: Rubric) -> Judgement | Unjudged:
        score = self.scores.get(entry.turns[-1].content)
        if score is None:
            return Unjudged(entry.id, self.id, "it would not")
        names = [criterion.name for criterion in rubric.criteria]
        return Judgement(entry.id, self.id, rubric.digest, dict.fromkeys(names, score / 10))


def answering(monkeypatch: pytest.MonkeyPatch, probability: Any) -> None:
    """Let the judge's model say this of a state's two answers."""

    def decide(chat: ChatModel, requests: Sequence[dict[str, Any]]) -> list[Any]:
        found = []
        for request in requests:
            lines = [orjson.loads(line) for line in request["state"].splitlines() if line.startswith("{")]
            first = probability(*(line["text"] for line in lines[-2:]))
            found.append({"better": {"type": "choice", "probabilities": {FIRST: first, SECOND: 1 - first}}})
        return found

    monkeypatch.setattr(side_by_side, "decide", decide)


def test_a_judge_that_always_says_the_first_prefers_nobody(
    local: LocalJudge, rubric: Rubric, monkeypatch: pytest.MonkeyPatch
) -> None:
    for always in (lambda *_: 0.99, lambda *_: 0.01, lambda first, _: 0.6 + len(first) % 4 / 10, lambda *_: 0.5):
        answering(monkeypatch, always)
        assert compare_answers(local, PROMPTS, GOOD, POOR, rubric, silent) == (0.5,) * 4


def test_the_answer_preferred_in_both_orders_wins(
    local: LocalJudge, rubric: Rubric, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, lambda first, _: 0.8 if first in GOOD else 0.4)
    assert compare_answers(local, PROMPTS, GOOD, POOR, rubric, silent) == (1.0,) * 4
    assert compare_answers(local, PROMPTS, POOR, GOOD, rubric, silent) == (0.0,) * 4


def test_a_model_is_asked_in_both_orders_whatever_the_batch(local: LocalJudge, rubric: Rubric) -> None:
    pairs = [AnswerPair(*entry) for entry in zip(PROMPTS, GOOD, POOR, strict=True)]
    both = [order for pair in pairs for order in (pair, pair.swapped)]
    together = prefer_first(local, both, rubric)
    assert together == pytest.approx([prefer_first(local, [order], rubric)[0] for order in both], abs=1e-4)
    assert all(0 < value < 1 for value in together)
    assert len({round(value, 6) for value in together}) > 2
    wanted = tuple(map(decide_preference, together[::2], together[1::2]))
    assert compare_answers(local, PROMPTS, GOOD, POOR, rubric, silent) == wanted
    swapped = compare_answers(local, PROMPTS, POOR, GOOD, rubric, silent)
    assert swapped == tuple(1 - value for value in wanted)


def test_what_does_not_fit_is_shown_from_its_last_turn_or_not_judged(local: LocalJudge, rubric: Rubric) -> None:
    last = Turn("user", "And what is one plus one?")
    earlier = (Turn("user", "word " * 900), Turn("assistant", "yes " * 900))
    shown = prefer_first(local, [AnswerPair((last,), "Two.", "Three.")], rubric)
    assert prefer_first(local, [AnswerPair((*earlier, last), "Two.", "Three.")], rubric) == shown
    (cut,) = prefer_first(local, [AnswerPair((Turn("user", "some words " * 300),), "Two.", "Three.")], rubric)
    assert 0 < cut < 1
    hopeless = AnswerPair((last,), "so " * 2_000, "Three.")
    assert math.isnan(prefer_first(local, [hopeless], rubric)[0])
    assert math.isnan(compare_answers(local, [hopeless.turns], ["so " * 2_000], ["Two."], rubric, silent)[0])


def test_scores_are_compared_where_a_judge_gives_scores(rubric: Rubric) -> None:
    judge = ScoringJudge({"good": 8.0, "as good": 8.04, "poor": 3.0})
    new = ["good", "poor", "good", "strange", "same"]
    old = ["poor", "good", "as good", "good", "same"]
    prompts = [PROMPTS[0]] * 5
    told: list[Any] = []
    found = compare_answers(judge, prompts, new, old, rubric, lambda *said: told.append(said))
    assert found[:3] == (1.0, 0.0, 0.5)
    assert math.isnan(found[3])
    assert found[4] == 0.5
    assert "same" not in judge.asked
    assert told == [("compare", done, 4) for done in (1, 2, 3, 4)]


def test_the_features_prefer_answers_to_noise(rubric: Rubric) -> None:
    assert compare_answers(FeaturesJudge(), PROMPTS, GOOD, POOR, rubric, silent) == (1.0,) * 4


def test_no_number_is_no_preference() -> None:
    assert math.isnan(decide_preference(math.nan, 0.2))
    assert math.isnan(decide_preference(0.8, math.nan))
    assert [decide_preference(0.8, 0.2), decide_preference(0.3, 0.9), decide_preference(0.8, 0.8)] == [1.0, 0.0, 0.5]
