"""Everything has a sentence, and no sentence repeats what a contribution wrote."""

from __future__ import annotations

from dataclasses import replace

import pytest

from selfsown import sentences
from selfsown.judgement import load_rubric
from selfsown.review import Decision, Party, Reason
from selfsown.row import Recommendation
from selfsown.trust import Hold, Trust
from selfsown.vote import Vote


@pytest.fixture
def review(build):
    chat = build.chat("why?", "because of it")
    return build.review(chats=[chat], answers=[build.judged(chat, 5)], trust=Trust(3))


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


def test_the_bands_say_in_one_sentence_how_far_they_may_be_trusted(review, build):
    first = "People other than the authors have rated 3 conversations so far"
    assert sentences.bands(review).startswith(f"{first}; until there are 29 of ")
    another = replace(review, hold=Hold.ANOTHER_JUDGE, calibration=build.calibrated)
    assert "another judge" in sentences.bands(another)
    assert sentences.bands(replace(review, hold=None)).startswith(f"{first}, which proves a band")
    for hold in (None, *Hold):
        said = sentences.bands(replace(review, hold=hold))
        assert (said.count(". "), said[-1]) == (0, ".")


def test_a_lost_vote_names_the_judge_that_was_not_beaten(review):
    lost = replace(review, hold=Hold.NO_VOTE, vote=Vote(7, "features-1", False, "longest", 0.01, -0.02, 90))
    assert "round 0007 has no vote, because it is not better than the trivial judge `longest`" in sentences.bands(lost)
    unmeasured = replace(lost, vote=Vote(7, "features-1", has_vote=False))
    assert "too little is rated" in sentences.bands(unmeasured)


def test_acceptance_is_said_as_a_count_of_people(build):
    chat = build.chat("why?", "because of it")
    row = build.review(chats=[chat], answers=[build.judged(chat, 5)]).rows[0]
    assert sentences.advice(row).startswith(
        "About 50 in 100 such conversations were accepted by people. The score is in"
    )
    assert [sentences.accepted(share)[6:8] for share in (0.0, 0.004, 0.83, 1.0)] == ["1 ", "1 ", "83", "99"]


@pytest.mark.parametrize(("score", "said"), [(9, "nobody has to read it"), (1, "Drop it, or rate it")])
def test_a_band_says_what_follows(build, score, said):
    chat = build.chat("why?", "because of it")
    assert said in sentences.advice(build.review(chats=[chat], answers=[build.judged(chat, score)]).rows[0])


@pytest.mark.parametrize(("number", "text"), [(0, "no findings"), (1, "1 finding"), (2, "2 findings")])
def test_count(number, text):
    assert sentences.count(number, "finding") == text


def test_listed():
    assert [sentences.listed(["a", "b", "c"][:size]) for size in range(4)] == ["nothing", "a", "a and b", "a, b and c"]


def test_the_tally_leaves_out_what_there_is_none_of(review):
    assert sentences.tally(review) == "1 please look, no errors, no warnings"
