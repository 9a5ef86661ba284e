"""A round's page of the ledger."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.judge.cache import JudgementCache
from selfsown.judgement import Judgement, Rubric, Unjudged
from selfsown.ledger import Decided, Outcome
from selfsown_train.ledger import Heard, Inquiry, Said, describe_judging
from selfsown_train.recipe import GateRecipe

RECIPE = GateRecipe(
    0.005, 200, 0.95, 0.1, answers=0, answer_tokens=1, win_loss=1, probe_loss=1, diversity_loss=1, harness=()
)
N = 40
HUMAN = np.arange(N) / 4
NOISE = np.random.default_rng(3).normal(0, 1, N)


def chat(number: int) -> Conversation:
    return Conversation((Turn("user", f"question {number}"), Turn("assistant", "because")), "garden", "CC0-1.0", "")


DECIDED = tuple(
    Decided(chat(number), Outcome.MERGED if number >= N / 2 else Outcome.DECLINED, float(score))
    for number, score in enumerate(HUMAN)
)


def heard(live=HUMAN, frozen=HUMAN, own=HUMAN, asked=DECIDED, trained=frozenset()):
    judges = {
        name: Said(f"{name}-1", np.asarray(scores))
        for name, scores in (("live", live), ("frozen", frozen), ("own", own))
    }
    return Heard(asked, **judges, trained=trained)


def page(found: Heard, decided: Sequence[Decided] = DECIDED, restarted: str | None = None):
    return describe_judging(decided, found, restarted, RECIPE, 1)


def test_a_page_says_who_was_asked_about_what_and_how_they_agree(rulebook):
    found = page(heard(live=HUMAN + NOISE, frozen=-HUMAN), restarted="frozen-0")
    assert (found["live"], found["frozen"], found["own"]) == ("live-1", "frozen-1", "own-1")
    assert (found["restarted"], found["n"]) == ("frozen-0", N)
    assert found["decided"] == {"merged": 20, "declined": 20, "rated": N}
    assert found["drift"]["frozen"]["value"] == -found["drift"]["own"]["value"]
    live = found["agreement"]["live"]
    assert 0.8 < live["ratings"]["low"] < live["ratings"]["value"] < live["ratings"]["high"] < 1
    assert 0.8 < live["decisions"]["low"] <= live["decisions"]["value"] <= live["decisions"]["high"]
    assert found["agreement"]["frozen"]["ratings"]["value"] == found["agreement"]["frozen"]["decisions"]["value"] == 0
    assert found["agreement"]["own"]["decisions"] == {"value": 1, "low": 1, "high": 1, "n": N}
    part = rulebook.schemas["round"].document["properties"]["judging"]["anyOf"][0]
    assert set(part["required"]) == set(found)


def test_what_was_not_judged_is_counted_and_takes_no_part():
    gaps = np.where(np.arange(N) % 2, HUMAN, np.nan)
    found = page(heard(live=gaps))
    assert (found["agreement"]["live"]["judged"], found["agreement"]["live"]["unjudged"]) == (20, 20)
    assert found["agreement"]["live"]["ratings"] == {"value": 1, "low": 1, "high": 1, "n": 20}
    assert found["drift"]["own"]["n"] == 20


def test_the_rounds_own_judge_is_not_held_against_what_it_was_trained_on():
    known = frozenset(entry.conversation.id for entry in DECIDED[::2])
    found = page(heard(trained=known))
    assert found["agreement"]["own"]["ratings"]["n"] == N / 2
    assert found["agreement"]["own"]["judged"] == N / 2
    assert found["agreement"]["live"]["ratings"]["n"] == N
    everything = frozenset(entry.conversation.id for entry in DECIDED)
    assert page(heard(trained=everything))["agreement"]["own"]["ratings"] is None


@pytest.mark.parametrize("asked", [(), DECIDED[:4]])
def test_on_too_little_nothing_is_said(asked):
    scores = HUMAN[: len(asked)]
    found = page(heard(scores, scores, scores, asked), asked)
    assert found["drift"] == {"frozen": None, "own": None}
    assert found["agreement"]["live"] == {"judged": len(asked), "unjudged": 0, "decisions": None, "ratings": None}


def test_a_constant_judge_has_no_drift_and_agrees_by_half():
    found = page(heard(frozen=np.full(N, 5.0)))
    assert found["drift"]["frozen"] is None
    assert found["agreement"]["frozen"]["ratings"]["value"] == 0.5


def test_conversations_with_the_same_request_are_drawn_together():
    pairs = tuple(
        Decided(
            Conversation((Turn("user", f"q {number // 4}"), Turn("assistant", str(number))), "g", "", ""), None, score
        )
        for number, score in enumerate(HUMAN)
    )
    rough = HUMAN + NOISE * 3
    apart, together = (page(heard(live=rough, asked=asked)) for asked in (DECIDED, pairs))
    widths = [found["agreement"]["live"]["ratings"] for found in (apart, together)]
    assert widths[0]["value"] == widths[1]["value"]
    assert widths[1]["high"] - widths[1]["low"] != widths[0]["high"] - widths[0]["low"]


class CountingJudge:
    id = "counting-1"

    def __init__(self) -> None:
        self.asked = 0

    def judge(self, conversations: Sequence[Conversation], rubric: Rubric) -> list[Judgement | Unjudged]:
        self.asked += len(conversations)
        said = dict.fromkeys((entry.name for entry in rubric.criteria), 0.5)
        return [
            Judgement(entry.id, self.id, rubric.digest, said)
            if "7" not in entry.turns[0].content
            else Unjudged(entry.id, self.id, "away")
            for entry in conversations
        ]


def test_a_judge_is_asked_once_in_its_life_but_for_what_it_could_not_say(tmp_path, rulebook):
    judge, seen = CountingJudge(), []
    with JudgementCache(tmp_path / "judgements.sqlite") as cache:
        inquiry = Inquiry(DECIDED, DECIDED, rulebook.rubric, cache)
        first = inquiry.ask(judge, lambda *facts, **_: seen.append(facts))
        again = inquiry.ask(judge, lambda *_, **__: None)
    assert seen[-1] == ("ledger", N, N)
    np.testing.assert_array_equal(first.scores, again.scores)
    assert np.isnan(first.scores).sum() == 4
    assert judge.asked == N + 4
