"""Rubric, Judgement, Unjudged."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfsown.errors import BadConfig
from selfsown.judgement import Criterion, Judgement, Unjudged, load_rubric, read_judgement

NAMES = ("answers", "form", "fair", "correction", "honest")
SHARES = st.lists(st.floats(0, 1), min_size=5, max_size=5)


def judgement(shares, **facts) -> Judgement:
    return Judgement("c-" + "1" * 32, "judge-1", "0" * 12, dict(zip(NAMES, shares, strict=True)), **facts)


@given(SHARES)
def test_the_score_is_out_of_ten_and_survives_the_disk(shares):
    answer = judgement(shares, overall=6.25, flags=("a", "b"))
    assert 0 <= answer.score <= 10
    assert abs(answer.score - 2 * sum(shares)) < 1e-4
    again = read_judgement(orjson.loads(orjson.dumps(answer.to_json())))
    assert again.to_json() == answer.to_json()
    assert again.score == answer.score


def test_a_score_read_back_is_the_same_to_the_last_digit():
    random = Random(1)
    for _ in range(2000):
        answer = judgement([random.random() for _ in NAMES])
        assert read_judgement(answer.to_json()).score == answer.score


@pytest.mark.parametrize(("share", "score"), [(0, 0), (0.5, 5), (1, 10)])
def test_every_criterion_is_worth_two_points(share, score):
    assert judgement([share] * 5).score == score


def test_both_answers_fit_the_schema(rulebook):
    schema = rulebook.schemas["judgement"]
    assert schema.accepts(judgement([0.1] * 5).to_json())
    assert schema.accepts(Unjudged("c-" + "1" * 32, "judge-1", "too long").to_json())
    assert schema.accepts(Unjudged("c-" + "1" * 32, "judge-1", "it was away", retry=True).to_json())
    assert not schema.accepts(judgement([0.1] * 5).to_json() | {"why": "x"})
    assert not schema.accepts(judgement([0.1] * 5).to_json() | {"retry": True})


@pytest.mark.parametrize("retry", [False, True])
def test_unjudged_reads_back_and_has_no_score(retry):
    answer = Unjudged("c-" + "1" * 32, "judge-1", "too long", retry)
    assert read_judgement(answer.to_json()) == answer
    assert not hasattr(answer, "score")


def test_unjudged_without_a_word_on_it_is_not_asked_again():
    record = Unjudged("c-" + "1" * 32, "judge-1", "too long").to_json()
    del record["retry"]
    assert read_judgement(record) == Unjudged("c-" + "1" * 32, "judge-1", "too long")


@pytest.mark.parametrize("part", ["question", "criterion", "name", "order"])
def test_another_wording_is_another_rubric(rulebook, part):
    rubric = rulebook.rubric
    first, second, *others = rubric.criteria
    changed = {
        "question": replace(rubric, question=rubric.question + " "),
        "criterion": replace(rubric, criteria=(Criterion(first.name, "?"), second, *others)),
        "name": replace(rubric, criteria=(Criterion("x", first.question), second, *others)),
        "order": replace(rubric, criteria=(second, first, *others)),
    }[part]
    assert changed.digest != rubric.digest
    assert len(changed.digest) == 12


def test_the_mission_is_asked_word_for_word(rulebook):
    mission = "Please rate the suitability of this conversation as fine tuning data for an AI, out of 10."
    assert rulebook.rubric.question == mission
    assert [entry.name for entry in rulebook.rubric.criteria] == list(NAMES)


@pytest.mark.parametrize("text", ["", "format = 1\nquestion = 'x'", "format = 1\nquestion = 'x'\ncriteria = 3\n", "[["])
def test_a_rubric_that_does_not_read_is_named(text):
    with pytest.raises(BadConfig, match=r"here/rubric\.toml"):
        load_rubric(text, "here/rubric.toml")
