"""What a judge is shown: whose words become which answers, and what it is never shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from selfsown.attack import FAMILIES
from selfsown.corruption import KINDS
from selfsown.errors import BadConfig, UsageError
from selfsown.judge.prompt import OVERALL
from selfsown.judgement import Rubric
from selfsown_train.corpus import RoundData
from selfsown_train.judge_examples import Example, attacked_examples, examples_digest, make_examples, rated_examples
from selfsown_train.judge_recipe import JudgeRecipe, read_judge_recipe
from selfsown_train.rounds import Workshop


@pytest.fixture(scope="module")
def judge_recipe(checkout: Path) -> JudgeRecipe:
    return read_judge_recipe(checkout / "training" / "recipes" / "judge-tiny.toml")


@pytest.fixture(scope="module")
def rubric(workshop: Workshop) -> Rubric:
    return workshop.rulebook.rubric


@pytest.fixture(scope="module")
def examples(data: RoundData, rubric: Rubric, judge_recipe: JudgeRecipe) -> list[Example]:
    return make_examples(data, rubric, judge_recipe)


def test_every_origin_teaches_something(examples: list[Example], judge_recipe: JudgeRecipe) -> None:
    values = judge_recipe.examples
    count = {origin: sum(one.origin == origin for one in examples) for origin in {one.origin for one in examples}}
    assert set(count) == {"rated", "paired", "corrected", "attacked", "benign"}
    assert count["attacked"] == values.attacks
    assert count["rated"] <= values.ratings * values.repeats
    trained = [kind for kind in KINDS if not kind.held_out]
    assert count["paired"] <= values.pairs + len(trained)
    assert len({one.kind for one in examples if one.origin == "paired"}) >= len(trained) - 2


def test_what_is_held_out_never_trains(examples: list[Example], data: RoundData) -> None:
    kinds = {kind.name for kind in KINDS if kind.held_out}
    assert len(kinds) >= 2
    assert not kinds & {one.kind for one in examples}
    hidden = {entry.id for entry in data.held_out} | {one.rating.conversation for one in data.held_out_ratings}
    assert hidden
    assert not hidden & {ask.conversation.id for one in examples for ask in one.asks}


def test_the_same_seed_shows_the_same(
    data: RoundData, rubric: Rubric, judge_recipe: JudgeRecipe, examples: list[Example]
) -> None:
    assert examples_digest(make_examples(data, rubric, judge_recipe)) == examples_digest(examples)
    other = make_examples(data, rubric, replace(judge_recipe, seed=judge_recipe.seed + 1))
    assert examples_digest(other) != examples_digest(examples)


def test_a_rating_teaches_what_the_person_said(data: RoundData, rubric: Rubric, judge_recipe: JudgeRecipe) -> None:
    values = replace(judge_recipe.examples, questions=6, smoothing=0.1)
    rated = data.train_ratings[0]
    said = {"answers": False, "fair": True}
    (example,) = rated_examples(
        [replace(rated, rating=replace(rated.rating, criteria=said, score=4.0))], rubric, values
    )
    targets = {ask.question: ask.target for ask in example.asks}
    assert set(targets) == {"answers", "fair", OVERALL}
    assert targets["answers"] is not None
    assert targets["fair"] is not None
    assert targets[OVERALL] is not None
    assert targets["answers"].shares == pytest.approx((0.1, 0.9))
    assert targets["fair"].shares == pytest.approx((0.9, 0.1))
    assert targets[OVERALL].shares.index(max(targets[OVERALL].shares)) == 4
    (other, again) = rated_examples([rated], rubric, replace(judge_recipe.examples, questions=2, repeats=2))
    assert [ask.question for ask in other.asks] != [ask.question for ask in again.asks]


def test_both_sides_of_a_pair_are_one_example(examples: list[Example]) -> None:
    for example in (one for one in examples if one.origin == "paired"):
        for better, worse in example.orders:
            assert example.asks[better].question == example.asks[worse].question
            assert example.asks[better].conversation.id != example.asks[worse].conversation.id
        broken = example.asks[example.orders[0][1]]
        assert broken.target is not None
        assert broken.target.points < 1
        assert {example.asks[index].question for index in example.orders[1]} == {OVERALL}


def test_an_attack_makes_a_conversation_dishonest_and_keeps_another_answer(
    data: RoundData, rubric: Rubric, judge_recipe: JudgeRecipe
) -> None:
    conversations = data.train[: len(FAMILIES)]
    recipe = replace(judge_recipe, examples=replace(judge_recipe.examples, attacks=len(FAMILIES)))
    bad = {entry.id: dict.fromkeys((one.name for one in rubric.criteria), 0.0) for entry in conversations}
    for labels, kept in (({}, 9.5), (bad, 0.5)):
        found = attacked_examples(conversations, labels, rubric, recipe)
        assert [one.kind for one in found] == [family.name for family in FAMILIES]
        for example, entry in zip(found, conversations, strict=True):
            honest, dishonest, other, *_ = example.asks
            assert honest.conversation.id == entry.id != dishonest.conversation.id
            assert (honest.target is None) == bool(labels)
            assert dishonest.target is not None
            assert dishonest.target.points == pytest.approx(0.5)
            assert other.question != "honest"
            assert other.target is not None
            assert other.target.points == pytest.approx(kept)


def test_an_attack_that_pretends_to_answer_says_nothing_of_the_answer(
    data: RoundData, rubric: Rubric, judge_recipe: JudgeRecipe
) -> None:
    recipe = replace(judge_recipe, examples=replace(judge_recipe.examples, attacks=len(FAMILIES)))
    found = attacked_examples(data.train[: len(FAMILIES)], {}, rubric, recipe)
    pretending = {family.name for family in FAMILIES if not family.direct}
    assert pretending
    assert {one.asks[2].question for one in found if one.kind in pretending} == {"fair"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("pairs = 45", "pears = 45", "unknown key examples.pears"),
        ("smoothing = 0.05", "smoothing = 0.5", "smoothing is from 0 to below 0.5"),
        ("spread = 1.0", "spread = 0.0", "spread is above 0"),
    ],
)
def test_a_bad_recipe_says_what_is_wrong(checkout: Path, tmp_path: Path, old: str, new: str, says: str) -> None:
    text = (checkout / "training" / "recipes" / "judge-tiny.toml").read_text()
    assert old in text
    path = tmp_path / "judge-mine.toml"
    path.write_text(text.replace(old, new))
    with pytest.raises(BadConfig) as caught:
        read_judge_recipe(path)
    assert says in f"{caught.value.message} {caught.value.tip}"
    with pytest.raises(UsageError) as missing:
        read_judge_recipe(tmp_path / "judge-other.toml")
    assert "judge-mine" in missing.value.tip
