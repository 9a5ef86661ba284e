"""Everything has a sentence, and no sentence repeats what a contribution wrote."""

from __future__ import annotations

from dataclasses import replace

import pytest

from selfsown import sentences
from selfsown.judgement import load_rubric
from selfsown.review import Decision, Party, Reason, Recommendation


@pytest.fixture
def review(build):
    chat = build.chat("why?", "because of it")
    return build.review(chats=[chat], answers=[build.judged(chat, 5)], rated=3)


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("party", Party)
def test_every_outcome_says_who_is_next_and_what_to_do(review, decision, party):
    outcome = replace(review, decision=decision, waiting_on=party)
    for text in (sentences.headline(outcome), sentences.next_step(outcome)):
        assert text[0].isupper()
        assert text.endswith(".")
    assert party.value in sentences.waiting(outcome)


@pytest.mark.parametrize("why", Reason)
def test_every_reason_is_a_sentence(review, why):
    assert sentences.reason(why, review).endswith(".")
    assert len({sentences.reason(other, review) for other in Reason}) == len(Reason)


@pytest.mark.parametrize("kind", Recommendation)
def test_every_recommendation_is_named_and_explained(kind):
    assert sentences.recommendation(kind)
    assert sentences.explained(kind).endswith(".")


def test_every_criterion_of_the_rubric_has_its_words(checkout):
    rubric = load_rubric((checkout / "schema/rubric.toml").read_text("utf-8"))
    assert {entry.name for entry in rubric.criteria} == set(sentences.CRITERIA)
    assert sentences.criterion("some_other") == "some other"


def test_the_bands_say_how_far_they_may_be_trusted(review):
    assert sentences.bands(review).startswith(
        "People other than the authors have rated 3 conversations so far. Until there are 29"
    )
    assert "supported" in sentences.bands(replace(review, rated=29))


@pytest.mark.parametrize(("number", "text"), [(0, "no findings"), (1, "1 finding"), (2, "2 findings")])
def test_count(number, text):
    assert sentences.count(number, "finding") == text


def test_listed():
    assert [sentences.listed(["a", "b", "c"][:size]) for size in range(4)] == ["nothing", "a", "a and b", "a, b and c"]


def test_the_tally_leaves_out_what_there_is_none_of(review):
    assert sentences.tally(review) == "1 please look, no errors, no warnings"
