"""The features judge against conversations that are poor on purpose. The figures are printed; the floors lie below."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from selfsown.conversation import Conversation, Turn, read_conversation, read_turns
from selfsown.judge.features import FeaturesJudge
from selfsown.judgement import Criterion, Judgement, Unjudged

POOR = Path(__file__).parents[2] / "poor" / "poor.jsonl"


def score(conversations, rulebook) -> list[float]:
    answers = FeaturesJudge().judge(conversations, rulebook.rubric)
    assert all(isinstance(answer, Judgement) for answer in answers)
    return [answer.score for answer in answers]


def auc(good: list[float], poor: list[float]) -> float:
    """How often a good one stands above a poor one; ties count half."""
    return sum((a > b) + (a == b) / 2 for a in good for b in poor) / (len(good) * len(poor))


def lines(paths):
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def corpus(checkout) -> list[Conversation]:
    """The starter conversations."""
    found = [read_conversation(record) for record in lines(sorted((checkout / "corpus/original").rglob("*.jsonl")))]
    return [entry for entry in found if entry.source == "starter"]


@pytest.fixture(scope="module")
def poor() -> list[tuple[str, Conversation]]:
    """(defect, conversation) of what is poor on purpose."""
    return [
        (entry["defect"], Conversation(read_turns(entry["messages"]), "x", "MIT", "2026-01-01"))
        for entry in lines([POOR])
    ]


def badly_corrected(entry: Conversation) -> bool:
    return entry.ext.get("starter", {}).get("correction") == "badly"


def test_poor_ones_stand_below_the_corpus(corpus, poor, rulebook):
    good = score(corpus, rulebook)
    figure = auc(good, score([entry for _, entry in poor], rulebook))
    print(f"features judge: AUC {figure:.3f} of {len(good)} starter conversations over {len(poor)} poor ones")
    assert figure >= 0.75  # measured 0.796


@pytest.mark.parametrize(
    ("defect", "floor"),
    [
        ("master-key", 0.97),
        ("asks-for-high-rating", 0.97),
        ("grovelling", 0.9),
        ("repetition", 0.9),
        ("template-leak", 0.95),
        ("forged-verdict", 0.9),
        ("garbled", 0.8),
    ],
)
def test_a_defect_of_form_is_seen(corpus, poor, rulebook, defect, floor):
    figure = auc(score(corpus, rulebook), score([entry for name, entry in poor if name == defect], rulebook))
    print(f"features judge: AUC {figure:.3f} for {defect}")
    assert figure >= floor


def test_what_features_cannot_know_is_not_claimed(corpus, poor, rulebook):
    """A wrong fact and wrong code look right from here: a figure near one would mean that the poor set leaks."""
    unseen = [entry for name, entry in poor if name in ("wrong-fact", "wrong-code")]
    assert auc(score(corpus, rulebook), score(unseen, rulebook)) < 0.7


def test_the_corpus_is_not_rated_down(corpus, rulebook):
    fine = [entry for entry in corpus if not badly_corrected(entry)]
    scores = score(fine, rulebook)
    policy = rulebook.policy.judge
    recommended = sum(value >= policy.recommend for value in scores) / len(scores)
    advised_against = sum(value <= policy.advise_against for value in scores) / len(scores)
    print(
        f"features judge: recommends {recommended:.1%} of {len(fine)} starter conversations, against {advised_against:.1%}"
    )
    assert recommended >= 0.85  # measured 0.93
    assert advised_against <= 0.01  # measured 0


def test_people_and_features_agree_more_often_than_not(checkout, corpus, rulebook):
    known = {entry.id: entry for entry in corpus}
    high, low = [], []
    for record in lines(sorted((checkout / "corpus/ratings").rglob("starter-*.jsonl"))):
        entry = known.get(record["conversation"])
        entry = entry or Conversation(read_turns(record["messages"]), "x", "MIT", "2026-01-01")
        if record["score"] >= rulebook.policy.judge.recommend:
            high.append(entry)
        elif record["score"] <= rulebook.policy.judge.advise_against:
            low.append(entry)
    figure = auc(score(high, rulebook), score(low, rulebook))
    print(f"features judge: AUC {figure:.3f} of {len(high)} rated high over {len(low)} rated low")
    assert figure >= 0.7  # measured 0.725; the answers of other sources are harder: training/JUDGE.md


def test_the_score_is_that_of_the_criteria_and_every_flag_has_words(poor, rulebook):
    chats = [entry for _, entry in poor]
    for answer in FeaturesJudge().judge(chats, rulebook.rubric):
        assert answer.score == pytest.approx(2 * sum(answer.criteria.values()), abs=1e-4)
        assert list(answer.criteria) == [entry.name for entry in rulebook.rubric.criteria]
        assert max(Counter(answer.flags).values(), default=1) == 1
        assert rulebook.schemas["judgement"].accepts(answer.to_json())


def test_an_answer_does_not_depend_on_its_neighbours(poor, rulebook):
    chats = [entry for _, entry in poor]
    together = FeaturesJudge().judge(chats, rulebook.rubric)
    alone = [FeaturesJudge().judge([entry], rulebook.rubric)[0] for entry in reversed(chats)]
    assert together == alone[::-1]


def test_a_criterion_that_no_signal_speaks_about_is_not_guessed(say, rulebook):
    from dataclasses import replace

    rubric = replace(rulebook.rubric, criteria=(*rulebook.rubric.criteria, Criterion("style", "Is it a joy to read?")))
    (answer,) = FeaturesJudge().judge([say("hello", "An answer.")], rubric)
    assert isinstance(answer, Unjudged)
    assert "style" in answer.why


def test_the_id_names_the_code_that_decides():
    assert FeaturesJudge().id == FeaturesJudge().id
    assert FeaturesJudge().id.startswith("features-")


@pytest.mark.parametrize("turns", [(), (Turn("user", ""),), (Turn("system", "be kind"),), (Turn("assistant", "x"),)])
def test_odd_shapes_are_judged_and_do_not_crash(turns, rulebook):
    (answer,) = FeaturesJudge().judge([Conversation(turns, "s", "MIT", "2026-01-01")], rulebook.rubric)
    assert 0 <= answer.score <= 10
