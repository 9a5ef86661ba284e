"""When a round is due, and what it waits for."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from selfsown.due import Going, count_new, decide_due
from selfsown.policy import RoundPolicy
from selfsown.round import Round, State

POLICY = RoundPolicy(fewest_new=20, most_days=7, quiet_minutes=15)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=3)
OLD: dict[str, Any] = {
    "corpus": {"conversations": 80, "held_out": 20, "ratings": 30, "left_out": {"rated too low": 2}},
    "recipe": {"digest": "r"},
    "rubric": "q",
}


def plan(**corpus: Any) -> dict[str, Any]:
    found = copy.deepcopy(OLD)
    found["corpus"].update(corpus)
    return found


def trained(days: int = 1, state: State = State.REJECTED) -> Round:
    return Round(1, state, (NOW - timedelta(days=days)).date().isoformat(), None, OLD)


def decide(new: dict[str, Any], *rounds: Round, merged: datetime = LONG_AGO, is_asked: bool = False) -> Any:
    return decide_due(new, rounds, POLICY, Going(NOW, merged), is_asked=is_asked)


def test_the_first_round_waits_for_no_number():
    assert decide(OLD).is_due
    assert decide(OLD, trained(state=State.PLANNED)).is_due


@pytest.mark.parametrize(("more", "due"), [(19, False), (20, True)])
def test_enough_has_to_be_new(more, due):
    new = plan(conversations=80 + more - 5, ratings=35)
    assert count_new(new, OLD) == more
    assert decide(new, trained()).is_due is due


@pytest.mark.parametrize(("days", "due"), [(6, False), (7, True)])
def test_after_some_days_little_is_enough(days, due):
    found = decide(plan(held_out=21), trained(days))
    assert found.is_due is due
    assert due or "1 new conversations and ratings, of 20" in found.why


def test_what_was_withdrawn_is_forgotten_soon():
    found = decide(plan(conversations=79, left_out={"rated too low": 2, "withdrawn": 1}), trained())
    assert (found.is_due, found.why) == (True, "something was withdrawn")


@pytest.mark.parametrize("part", ["recipe", "rubric"])
def test_another_recipe_or_rubric_is_wanted_now(part):
    other = copy.deepcopy(OLD)
    other[part] = {"digest": "x"} if part == "recipe" else "x"
    assert decide(other, trained()).is_due


def test_merges_in_a_row_make_one_round():
    just_now = NOW - timedelta(minutes=14)
    assert not decide(plan(conversations=200), trained(), merged=just_now).is_due
    assert decide(plan(conversations=200), trained(), merged=just_now, is_asked=True).is_due
    assert decide(plan(conversations=200), trained(), merged=NOW - timedelta(minutes=15)).is_due


def test_who_asks_is_not_told_how_little_is_new_but_waits_for_what_is_going_on():
    assert decide(plan(held_out=21), trained(), is_asked=True).is_due
    going = Going(NOW, LONG_AGO, ("another round waits in pull request 7: merge it, or close it",))
    found = decide_due(plan(held_out=21), [trained()], POLICY, going, is_asked=True)
    assert (found.is_due, found.why) == (False, going.waits_for[0])
