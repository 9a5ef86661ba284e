"""What may be decided without a person, and everything that forbids it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from selfsown.calibration.bands import Band, Support
from selfsown.calibration.record import Curve, Method
from selfsown.judgement import Unjudged
from selfsown.render.html import render_html
from selfsown.render.markdown import render_comments, render_markdown
from selfsown.review import Decision, Reason
from selfsown.row import Recommendation
from selfsown.trust import Hold, Trust
from selfsown.vote import Vote


@pytest.fixture
def one(build):
    return build.chat("how deep do I plant garlic?", "five centimetres, tip up")


@pytest.mark.parametrize(
    ("score", "band", "recommendation", "decision"),
    [
        (8.0, Band.ACCEPT, Recommendation.RECOMMEND, Decision.FINE),
        (7.0, Band.ACCEPT, Recommendation.RECOMMEND, Decision.FINE),
        (6.9, Band.HUMAN, Recommendation.LOOK, Decision.HUMAN),
        (3.5, Band.HUMAN, Recommendation.AGAINST, Decision.HUMAN),
        (3.0, Band.DECLINE, Recommendation.AGAINST, Decision.HUMAN),
    ],
)
def test_acceptance_lies_in_a_band(build, one, score, band, recommendation, decision):
    review = build.review(chats=[one], answers=[build.judged(one, score)])
    (row,) = review.rows
    assert (row.band, row.recommendation, review.decision) == (band, recommendation, decision)
    assert row.acceptance is not None
    assert review.to_json()["rows"][0]["band"] == band.value


@pytest.mark.parametrize(
    ("change", "hold"),
    [
        ({"judge": "features-2"}, Hold.ANOTHER_JUDGE),
        ({"rubric": "1" * 12}, Hold.ANOTHER_JUDGE),
        ({"accept": None, "decline": None}, Hold.UNPROVED),
        ({"accept": Support(0.9, 60, 2, 0.1), "decline": Support(0.1, 58, 0, 0.0)}, Hold.UNPROVED),
        ({"accepted": 6.0}, Hold.UNPROVED),
    ],
)
def test_a_calibration_of_something_else_or_without_proof_decides_nothing(build, one, change, hold):
    trust = Trust(160, replace(build.calibrated, **change))
    review = build.review(chats=[one], answers=[build.judged(one, 9)], trust=trust)
    assert (review.hold, review.rows[0].band, review.reasons) == (hold, Band.HUMAN, (Reason.BANDS,))
    assert (review.rows[0].acceptance is None) == (hold is Hold.ANOTHER_JUDGE)


def test_one_band_may_be_proved_and_the_other_not(build, one):
    trust = Trust(160, replace(build.calibrated, decline=None))
    low, high = (build.review(chats=[one], answers=[build.judged(one, score)], trust=trust) for score in (1, 9))
    assert (low.hold, low.rows[0].band, high.rows[0].band) == (None, Band.HUMAN, Band.ACCEPT)


def test_a_judge_without_a_vote_decides_nothing(build, one):
    for judge, hold in (("features-1", Hold.NO_VOTE), ("round-3", None)):
        trust = replace(build.trusted, vote=Vote(3, judge, False, "longest", 0.0, -0.1, 80))
        review = build.review(chats=[one], answers=[build.judged(one, 9)], trust=trust)
        assert review.hold is hold
        assert review.decision is (Decision.HUMAN if hold else Decision.FINE)


def test_what_is_in_doubt_lies_in_no_band(build, one):
    judged = build.judged(one, 9)
    doubtful = {
        "flagged by the judge": {"answers": [replace(judged, flags=("speaks to its judge",))]},
        "flagged by the features": {"answers": [judged], "beside": {one.id: build.judged(one, 2, "hidden text")}},
        "seen in part": {"answers": [replace(judged, coverage=0.9)]},
        "divided in itself": {"answers": [replace(judged, overall=4.0)]},
        "divided judges": {"answers": [judged, build.judged(one, 4.9, judge="other-1")]},
        "a judge could not say": {"answers": [judged, Unjudged(one.id, "other-1", "too long")]},
    }
    for what, facts in doubtful.items():
        review = build.review(chats=[one], **facts)
        assert (review.rows[0].band, review.decision) == (Band.HUMAN, Decision.HUMAN), what
    assert build.review(chats=[one], answers=[replace(judged, overall=8.0)]).rows[0].band is Band.ACCEPT


def test_only_the_judge_that_is_calibrated_is_weighed(build, one):
    answers = [build.judged(one, 8.5, judge="other-1"), build.judged(one, 8.0)]
    (row,) = build.review(chats=[one], answers=answers).rows
    assert row.acceptance == pytest.approx(0.9 + 0.08 / 3)


def test_features_that_are_weighed_have_to_be_those_of_the_calibration(build, one):
    weighs = replace(
        build.calibrated,
        features="features-9",
        curve=Curve(Method.LOGISTIC, ("judge.answers", "features.form"), weights=(1.0, 1.0)),
    )
    judged, trust = build.judged(one, 9), Trust(160, weighs)
    for judge, band in (("features-9", Band.ACCEPT), ("features-8", Band.HUMAN)):
        beside = {one.id: build.judged(one, 9.5, judge=judge)}
        assert build.review(chats=[one], answers=[judged], beside=beside, trust=trust).rows[0].band is band


def test_an_audit_shows_nothing_of_what_was_said(build, one):
    review = build.review(chats=[one], answers=[build.judged(one, 8.24)], audit_share=1.0)
    (row,) = review.rows
    assert (row.answers, row.score, row.acceptance, row.flags) == ((), None, None, ())
    assert (review.decision, review.reasons) == (Decision.HUMAN, (Reason.AUDIT,))
    limits = build.rulebook.policy.review
    shown = [render_markdown(review, limits), render_html(review), *(it.body for it in render_comments(review, limits))]
    assert len(shown) == 3
    for text in (*shown, json.dumps(review.to_json())):
        assert not any(word in text for word in ("8.2", "82%", "82 %", "in 100 such"))
    assert all("score hidden" in text for text in (shown[0], shown[2]))
    assert "rates before merging" in shown[0]


def test_the_order_of_rows_tells_nothing_of_an_audit(build, one):
    other = build.chat("and onions?", "shallow, with the neck out")
    for score in (9, 1):
        answers = [build.judged(other, score), build.judged(one, 6)]
        rows = build.review(chats=[other, one], answers=answers, audit_share=1.0).rows
        assert [row.recommendation for row in rows] == [Recommendation.AUDIT, Recommendation.LOOK]


def test_as_many_are_drawn_as_the_policy_says(build):
    chats = [build.chat(f"question {number}?", "an answer of some length") for number in range(400)]
    share = build.rulebook.policy.judge.audit_share
    answers = [build.judged(chat, 9) for chat in chats]
    review = build.review(chats=chats, answers=answers, audit_share=share)
    assert 0.5 * share < review.counts["audit"] / 400 < 2 * share


def test_the_key_is_nowhere_in_a_review(build, one):
    trust = replace(build.trusted, audit_key=b"very-secret")
    review = build.review(chats=[one], answers=[build.judged(one, 9)], trust=trust)
    assert "very-secret" not in repr(review) + repr(trust) + json.dumps(review.to_json())
