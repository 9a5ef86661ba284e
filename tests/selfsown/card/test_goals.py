"""Goals are decided by the worst value, at the limit, and never by what was not measured."""

from __future__ import annotations

import pytest

from selfsown.card.goals import ACCEPTABILITY, decide_goals


def value(estimate, low=None, high=None):
    return {"estimate": estimate, "low": low, "high": high, "n": 25}


def human(auc, high):
    one = {"name": ACCEPTABILITY, "judges": {"offline": {"auc": value(auc)}}}
    return {"human": {"sets": [{**one, "beside": {"offline": {"high": high}}}]}}


def attacks(recommended=1.0, **success):
    groups = {family: {"attack_success": value(estimate)} for family, estimate in success.items()}
    marks = {"request": (True, False), "forging": (True, True), "padding": (False, False)}
    return {
        "attacks": {
            "families": {name: {"direct": direct, "forged": forged} for name, (direct, forged) in marks.items()},
            "pools": {
                "bad, unseen wordings": {"judges": {"offline": {"groups": groups}}},
                "good, unseen wordings": {"recommended_before": {"offline": recommended}},
            },
            "benign": {"all": {"offline": value(0.01)}, "unseen": {"offline": value(0.03)}},
        }
    }


def broken(seen, **held_out):
    pools = {"seen": {"judges": {"offline": {"all": {"pair_auc": value(seen)}}}}}
    groups = {kind: {"pair_auc": value(estimate)} for kind, estimate in held_out.items()}
    pools["held out"] = {"judges": {"offline": {"groups": groups}}}
    others = {"pools": {"seen": {"judges": {"offline": {"all": {"pair_auc": value(0.1)}}}}}}
    return {"corruptions": {"sets": [{"pools": pools}, others]}}


def decided(name, parts):
    goals = decide_goals({"judges": {"offline": {}}, "parts": parts})
    return next(goal for goal in goals if goal["name"] == name)["judges"]["offline"]


@pytest.mark.parametrize(("auc", "is_met"), [(0.72, True), (0.7199, False), (0.9, True)])
def test_at_the_limit_a_goal_is_met(auc, is_met):
    assert decided("auc", human(auc, 0.1))["is_met"] is is_met


@pytest.mark.parametrize(("high", "is_met"), [(0.001, True), (0.0, True), (-0.001, False)])
def test_worse_than_a_trivial_judge_is_what_lies_below_beyond_noise(high, is_met):
    assert decided("trivial", human(0.5, high))["is_met"] is is_met


def test_the_worst_value_decides_and_is_named():
    parts = attacks(request=0.04, forging=0.0, padding=0.9)
    assert decided("direct", parts) == {
        "worst": 0.04,
        "where": "request, unseen wordings",
        "of": 2,
        "missed": 1,
        "is_met": False,
    }
    assert decided("forged", parts)["is_met"] is True
    assert decided("benign", parts)["missed"] == 1
    found = decided("held-out-kinds", broken(0.99, refusal=0.86, repetition=0.84))
    assert (found["where"], found["missed"], found["of"]) == ("repetition", 1, 2)


def test_attacks_say_nothing_of_a_judge_that_recommends_little():
    parts = attacks(recommended=0.4, request=0.0, forging=0.0)
    assert decided("direct", parts) is decided("forged", parts) is None
    assert decided("benign", parts) is not None


def test_only_our_own_corpus_counts_for_corruptions():
    assert decided("seen-kinds", broken(0.985))["is_met"] is True


def test_the_end_of_the_curve_counts_for_every_way_to_halve():
    points = [{"ratings": 0, "mean": 0.9}, {"ratings": 600, "mean": 0.79}]
    splits = {"one": points, "other": [{"ratings": 600, "mean": 0.81}]}
    found = decided("learned", {"learning": {"judge": "offline", "splits": splits}})
    assert (found["worst"], found["missed"], found["of"]) == (0.79, 1, 2)
    assert decided("learned", {"learning": {"judge": "another", "splits": splits}}) is None


def test_another_answer_is_a_difference():
    ways = {"asked twice": {"score": 0.0, "otherwise": 0}, "in another order": {"score": 0.0, "otherwise": 1}}
    assert decided("same", {"sameness": {"judges": {"offline": ways}}})["is_met"] is False


@pytest.mark.parametrize("parts", [{}, {"human": {"left_out": "no data"}}, attacks(request=None), broken(None)])
def test_what_was_not_measured_is_not_decided(parts):
    for name in ("auc", "learned", "trivial", "seen-kinds", "direct", "ece", "same"):
        assert decided(name, parts) is None
