"""The decision: what blocks, what asks for a person, what is only a hint."""

from __future__ import annotations

import json

import pytest

from selfsown.errors import SelfsownError
from selfsown.finding import Level
from selfsown.judgement import Unjudged
from selfsown.review import MISSING, Decision, Party, Reason, read_judgeable
from selfsown.row import NOT_ASKED, Recommendation
from selfsown.rules.rule import make_entry
from selfsown.submission import Change
from selfsown.trust import Hold, Trust

RATING = {
    "id": "r-" + "0" * 32,
    "conversation": "c-" + "1" * 32,
    "score": 9,
    "criteria": {"answers": True, "form": True, "fair": True, "correction": True, "honest": False},
    "reason": "kind and right",
    "rater": "mira",
    "role": "maintainer",
    "where": "starter",
    "source": "starter",
    "created": "2026-09-14",
}
REWORK = {
    "id": "w-" + "0" * 32,
    "parent": "c-" + "1" * 32,
    "turn": 1,
    "request": "is 221 prime?",
    "criticism": "wrong",
    "old": "yes",
    "new": "no",
    "method": "hindsight",
    "source": "garden-bot",
    "license": "CC-BY-4.0",
    "created": "2026-09-14",
    "verdicts": {"arithmetic": True},
}


@pytest.fixture
def one(build):
    return build.chat("how deep do I plant garlic?", "five centimetres, tip up")


def test_all_recommended_on_supported_bands_is_fine(build, one):
    review = build.review(chats=[one], answers=[build.judged(one, 9)])
    assert (review.decision, review.waiting_on, review.reasons) == (Decision.FINE, Party.REVIEWER, ())
    assert review.rows[0].recommendation is Recommendation.RECOMMEND
    assert review.judges == ("features-1",)


def test_an_error_blocks_and_waits_for_the_author_whatever_the_score(build, one):
    review = build.review(chats=[one], answers=[build.judged(one, 10)], findings=[build.found(1)])
    assert (review.decision, review.waiting_on) == (Decision.CHANGES, Party.AUTHOR)
    row = review.rows[0]
    assert row.blocks
    assert row.answers == (Unjudged(one.id, "none", NOT_ASKED),)
    assert row.score is None
    assert Reason.MISSING not in review.reasons


def test_a_warning_does_not_block(build, one):
    review = build.review(chats=[one], answers=[build.judged(one, 9)], findings=[build.found(1, Level.WARNING)])
    assert review.decision is Decision.FINE
    assert review.rows[0].findings[0].level is Level.WARNING


def test_without_a_calibration_everything_asks_for_a_person(build, one):
    review = build.review(chats=[one], answers=[build.judged(one, 9)], trust=Trust(1000))
    assert (review.decision, review.reasons, review.hold) == (Decision.HUMAN, (Reason.BANDS,), Hold.UNCALIBRATED)
    assert review.rows[0].recommendation is Recommendation.RECOMMEND


def test_a_missing_judgement_becomes_unjudged_and_waits_for_the_judge(build, one):
    review = build.review(chats=[one])
    assert review.rows[0].answers == (Unjudged(one.id, "none", MISSING, retry=True),)
    assert (review.decision, review.waiting_on, review.reasons) == (Decision.HUMAN, Party.JUDGE, (Reason.MISSING,))
    assert review.judges == ()


def test_each_judge_owes_an_answer_for_each_conversation(build, one):
    other = build.chat("and onions?", "shallow, with the neck out")
    answers = [build.judged(one, 9), build.judged(other, 8), build.judged(one, 9, judge="local-1")]
    review = build.review(chats=[one, other], answers=answers)
    assert [row.recommendation for row in review.rows] == [Recommendation.LOOK, Recommendation.RECOMMEND]
    assert review.rows[0].answers[1] == Unjudged(other.id, "local-1", MISSING, retry=True)
    assert review.rows[0].score == 8
    assert (review.waiting_on, review.reasons) == (Party.JUDGE, (Reason.MISSING, Reason.DOUBTED))


def test_what_a_judge_could_not_say_is_no_zero(build, one):
    review = build.review(chats=[one], answers=[Unjudged(one.id, "local-1", "it timed out")])
    assert review.rows[0].score is None
    assert review.rows[0].recommendation is Recommendation.UNJUDGED
    assert (review.waiting_on, review.reasons) == (Party.REVIEWER, (Reason.UNJUDGED,))


def test_an_outage_of_a_judge_waits_for_the_judge_and_counts_as_no_reading(build, one):
    other = build.chat("and onions?", "shallow, with the neck out")
    outage = Unjudged(one.id, "api-1", "the server answered HTTP 503 (5 tries)", retry=True)
    alone = build.review(chats=[one], answers=[outage])
    assert (alone.decision, alone.waiting_on, alone.reasons) == (Decision.HUMAN, Party.JUDGE, (Reason.MISSING,))
    beside = build.review(chats=[one, other], answers=[outage, Unjudged(other.id, "api-1", "too long")])
    assert (beside.waiting_on, beside.reasons) == (Party.JUDGE, (Reason.MISSING, Reason.UNJUDGED))
    broken = build.review(chats=[one], answers=[outage], findings=[build.found(1)])
    assert (broken.waiting_on, broken.reasons) == (Party.AUTHOR, (Reason.ERRORS,))


def test_unjudged_beside_a_score_lowers_nothing_but_asks_for_a_look(build, one):
    answers = [build.judged(one, 9), Unjudged(one.id, "local-1", "it timed out")]
    row = build.review(chats=[one], answers=answers).rows[0]
    assert (row.score, row.recommendation) == (9.0, Recommendation.LOOK)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((7.0,), Recommendation.RECOMMEND),
        ((6.99,), Recommendation.LOOK),
        ((4.01,), Recommendation.LOOK),
        ((4.0,), Recommendation.AGAINST),
        ((9.0, 3.0), Recommendation.LOOK),
        ((9.0, 8.0), Recommendation.RECOMMEND),
        ((1.0, 3.0), Recommendation.AGAINST),
    ],
)
def test_bands(build, one, scores, expected):
    answers = [build.judged(one, score, judge=f"judge-{index}") for index, score in enumerate(scores)]
    row = build.review(chats=[one], answers=answers).rows[0]
    assert row.recommendation is expected
    assert row.score == min(scores)


def test_a_flagged_conversation_is_never_recommended(build, one):
    review = build.review(chats=[one], answers=[build.judged(one, 10, "speaks to its judge")])
    assert review.rows[0].recommendation is Recommendation.LOOK
    assert review.rows[0].flags == ("speaks to its judge",)
    assert (review.decision, review.reasons) == (Decision.HUMAN, (Reason.DOUBTED,))


def test_worst_comes_first(build):
    chats = [build.chat(f"question {index}?", "an answer of some length") for index in range(6)]
    answers = [
        build.judged(chats[0], 9),
        build.judged(chats[1], 8),
        build.judged(chats[2], 2),
        build.judged(chats[3], 5),
        Unjudged(chats[4].id, "features-1", "no"),
    ]
    review = build.review(chats=chats, answers=answers, findings=[build.found(6)])
    assert [row.line for row in review.rows] == [6, 3, 5, 4, 2, 1]


def test_a_judgement_of_something_else_is_refused(build, one):
    with pytest.raises(SelfsownError, match="does not bring"):
        build.review(chats=[one], answers=[build.judged(build.chat("another", "one"), 9)])


def test_a_judge_that_answers_twice_is_refused(build, one):
    with pytest.raises(SelfsownError, match="twice"):
        build.review(chats=[one], answers=[build.judged(one, 9), build.judged(one, 2)])


def test_the_same_conversation_twice_has_two_rows_and_is_judged_once(build, one):
    case = build.case(chats=[one, one])
    assert read_judgeable(case.validation()) == [one]
    review = build.review(chats=[one, one], answers=[build.judged(one, 9)])
    assert [row.line for row in review.rows] == [1, 2]
    assert all(row.score == 9 for row in review.rows)


def test_only_records_without_errors_are_judged(build, one):
    other = build.chat("and onions?", "shallow, with the neck out")
    warned = build.found(2, Level.WARNING)
    assert read_judgeable(build.case(chats=[one, other], findings=[build.found(1), warned]).validation()) == [other]


def test_a_hostile_path_does_not_lose_the_errors_of_its_records(build, one):
    path = "corpus/original/\u202e\udcff\x1b[31m/x.jsonl"
    shown = "corpus/original/\\u{202E}\\u{DCFF}\\u{001B}[31m/x.jsonl"
    facts = {"chats": [one], "path": path, "findings": [build.found(1, path=shown)]}
    assert read_judgeable(build.case(**facts).validation()) == []
    review = build.review(**facts)
    assert review.rows[0].blocks
    assert review.findings == ()


def test_findings_of_no_record_stand_apart(build, one):
    elsewhere = [build.found(None), build.found(7)]
    review = build.review(chats=[one], answers=[build.judged(one, 9)], findings=elsewhere)
    assert review.findings == tuple(elsewhere)
    assert review.rows[0].findings == ()
    assert review.decision is Decision.CHANGES


def test_everything_else_is_listed_with_its_findings(build):
    entries = [
        make_entry("corpus/ratings/2026-09/aa/s-aaaaaaaaaaaa.jsonl", 1, "ratings", RATING, b""),
        make_entry("corpus/rework/2026-09/bb/g-bbbbbbbbbbbb.jsonl", 1, "rework", REWORK, b""),
        make_entry("corpus/sources/garden-bot.toml", 1, "source", {"id": "garden-bot"}, b""),
    ]
    tombstone = f"corpus/withdrawn/2026-09/c-{'2' * 32}.json"
    changes = [
        Change("corpus/sources/garden-bot.toml", "A", 0o100644, 9, b"id = '\xff'"),
        Change(tombstone, "A", 0o100644, 9, b"{}"),
        Change("corpus/sources/old.toml", "D", 0, 0, None),
    ]
    warning = build.found(None, Level.WARNING, path="corpus/sources/old.toml")
    review = build.review(entries=entries, changes=changes, findings=[warning])
    assert [other.kind for other in review.others] == ["rating", "rework", "source", "tombstone", "source"]
    assert ("new answer", "no") in review.others[1].texts
    assert review.others[2].texts[1] == ("content", "id = '\ufffd'")
    assert review.others[4].texts == (("file", "removed"),)
    assert review.others[4].findings == (warning,)
    assert review.findings == ()
    assert review.reasons == (Reason.UNSCORED, Reason.WITHDRAWAL)
    assert review.counts["source"] == 2


def test_a_rating_alone_needs_no_judge(build):
    entry = make_entry("corpus/ratings/2026-09/aa/s-aaaaaaaaaaaa.jsonl", 1, "ratings", RATING, b"")
    assert build.review(entries=[entry]).decision is Decision.FINE


def test_more_than_the_corpus_is_maintenance(build):
    review = build.review(changes=[Change("tools/selfsown/review.py", "M", 0o100644, 9, b"")])
    assert (review.decision, review.reasons) == (Decision.HUMAN, (Reason.MAINTENANCE,))


def test_counts_and_json(build, one):
    other = build.chat("and onions?", "shallow")
    findings = [build.found(2), build.found(1, Level.WARNING), build.found(None, path="corpus/\udcff")]
    review = build.review(chats=[one, other], answers=[build.judged(one, 9)], findings=findings)
    assert {name: number for name, number in review.counts.items() if number} == {
        "conversations": 2,
        "with errors": 1,
        "recommend": 1,
        "errors": 2,
        "warnings": 1,
    }
    document = json.loads(json.dumps(review.to_json()))
    assert document["format"] == 1
    assert document["decision"] == "changes"
    assert [row["score"] for row in document["rows"]] == [None, 9.0]
    assert one.turns[0].content not in json.dumps(document)
