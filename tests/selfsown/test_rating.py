"""Ratings: one person, one conversation, one place, one id."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from selfsown.conversation import Turn
from selfsown.rating import CRITERIA, Rating, rating_id, read_rating

RATING = Rating(
    "c-" + "1" * 32, 3.5, dict.fromkeys(CRITERIA, True), "Ça va.", "ann", "reader", "here", "s", "2026-01-01"
)


def test_a_golden_id():
    assert rating_id("c-" + "0" * 32, "ann", "here") == "r-0fbcff2bfa3f155612c20eed5844ad13"


def test_the_id_is_what_the_standard_library_gives():
    value = {"conversation": RATING.conversation, "rater": "ann", "where": "here"}
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    assert RATING.id == "r-" + hashlib.sha256(text.encode()).hexdigest()[:32]


@pytest.mark.parametrize("change", [{"score": 9.0}, {"reason": "other"}, {"created": "2026-02-02"}, {"role": "author"}])
def test_a_changed_mind_keeps_the_id(change):
    assert replace(RATING, **change).id == RATING.id


@pytest.mark.parametrize("change", [{"conversation": "c-" + "2" * 32}, {"rater": "bob"}, {"where": "there"}])
def test_another_rater_or_place_is_another_rating(change):
    assert replace(RATING, **change).id != RATING.id


@pytest.mark.parametrize("turns", [(), (Turn("user", "q"), Turn("assistant", "a"))])
def test_a_record_reads_back_as_it_was(rulebook, turns):
    rating = replace(RATING, turns=turns)
    assert read_rating(rating.to_json()) == rating
    assert ("messages" in rating.to_json()) is bool(turns)
    assert rulebook.schemas["rating"].accepts(rating.to_json())


def test_the_criteria_are_those_of_the_rubric(rulebook):
    assert [entry.name for entry in rulebook.rubric.criteria] == list(CRITERIA)


@pytest.mark.parametrize("criteria", [{}, {"honest": False}])
@pytest.mark.parametrize("reason", ["", "Too short."])
def test_a_score_alone_is_a_rating(rulebook, criteria, reason):
    rating = replace(RATING, criteria=criteria, reason=reason)
    record = rating.to_json()
    assert read_rating(record) == rating
    assert ("criteria" in record, "reason" in record) == (bool(criteria), bool(reason))
    assert rulebook.schemas["rating"].accepts(record)


@pytest.mark.parametrize("change", [{"criteria": {}}, {"criteria": {"style": True}}, {"reason": ""}, {"score": 11}])
def test_what_is_not_said_is_left_out_and_not_left_empty(rulebook, change):
    assert not rulebook.schemas["rating"].accepts(RATING.to_json() | change)


def test_only_what_authors_say_on_their_own_pull_request_weighs_nothing():
    own = replace(RATING, role="author", where="pull/7")
    assert own.weighs_nothing
    assert not replace(own, role="reader").weighs_nothing
    assert not replace(own, where="starter").weighs_nothing
