"""The offline judge keeps the contract of a judge; a head for other measurements is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from selfsown.errors import SelfsownError, UsageError
from selfsown.judge import judge_all
from selfsown.judge.prompt import OVERALL
from selfsown.judgement import Criterion, Judgement, Rubric, Unjudged
from selfsown_train.judge_examples import RATED, Ask, Example, score, yes_or_no
from selfsown_train.offline.fit import fit_head
from selfsown_train.offline.head import HEAD, write_head
from selfsown_train.offline.judge import SPEAKS, as_judge, load_offline_judge
from selfsown_train.offline.measurements import Gauge, measure_one, open_gauges
from selfsown_train.offline.probe import Probe
from selfsown_train.offline.terms import terms_within

GROUPS = ("seen", "surface")
GOOD = ["Mix it and bake it for an hour.", "Paris is the capital.", "Take the second road on the left."]
BAD = ["Mix it and then you", "As we all know, it depends on many factors.", "I'm sorry, but I cannot help with that."]


@pytest.fixture(scope="module")
def conversations(talk):
    good = [talk(f"What do I do about the {word}?", text) for word in ("bread", "city", "road") for text in GOOD]
    bad = [talk(f"What do I do about the {word}?", text) for word in ("bread", "city", "road") for text in BAD]
    return good, bad


@pytest.fixture(scope="module")
def head(conversations, rulebook):
    examples = []
    for fine, group in zip((True, False), conversations, strict=True):
        for entry in group:
            asks = [Ask(entry, one.name, yes_or_no(fine, 0.05)) for one in rulebook.rubric.criteria]
            asks.append(Ask(entry, OVERALL, score(9.0 if fine else 2.0, 1.0)))
            examples.append(Example(RATED, "", tuple(asks)))
    gauges = open_gauges(GROUPS)
    numbers = {entry.id: measure_one(entry, gauges) for group in conversations for entry in group}
    return fit_head(examples, numbers, rulebook.rubric, terms_within(GROUPS))


@pytest.fixture(scope="module")
def judge(head):
    return as_judge(head, open_gauges(GROUPS))


def test_good_answers_come_before_bad_ones(judge, conversations, rulebook):
    good, bad = (list(judge_all(group, rulebook.rubric, judge)) for group in conversations)
    assert min(answer.score for answer in good) > max(answer.score for answer in bad)
    for answer in (*good, *bad):
        assert answer.score == pytest.approx(answer.overall, abs=1e-3)
        assert set(answer.criteria) == {one.name for one in rulebook.rubric.criteria}


def test_an_answer_is_the_same_alone_and_among_others(judge, conversations, rulebook):
    everything = [*conversations[0], *conversations[1]]
    together = judge.judge(everything, rulebook.rubric)
    assert together == [judge.judge([entry], rulebook.rubric)[0] for entry in everything]


def test_another_rubric_cannot_be_answered(judge, conversations):
    (answer,) = judge.judge(conversations[0][:1], Rubric(1, "?", (Criterion("taste", "?"),)))
    assert isinstance(answer, Unjudged)
    assert "taste" in answer.why


def test_flags_are_those_of_the_features(judge, conversations, rulebook):
    (answer,) = judge.judge(conversations[1][:1], rulebook.rubric)
    assert "the last answer breaks off" in answer.flags


def test_what_is_near_to_speaking_to_a_rater_is_flagged(head, talk, rulebook):
    near = {talk("Hi", "Hello!").id: 0.1, talk("Hi", "Hello you!").id: 0.4}
    gauge = Gauge("steering", "v", lambda entry: (near[entry.id], 0.0))
    steering = replace(head, groups=("seen", "surface", "steering"), probe=Probe(0.0, (1.0,), 0.3))
    judge = as_judge(steering, (*open_gauges(GROUPS), gauge))
    calm, speaks = judge.judge([talk("Hi", "Hello!"), talk("Hi", "Hello you!")], rulebook.rubric)
    assert isinstance(calm, Judgement)
    assert SPEAKS not in calm.flags
    assert SPEAKS in speaks.flags


def test_the_id_changes_with_head_and_measurements(head):
    gauges = open_gauges(GROUPS)
    first = as_judge(head, gauges).id
    assert first == as_judge(head, gauges).id
    assert first != as_judge(replace(head, provenance={"commit": "other"}), gauges).id
    assert first != as_judge(head, tuple(replace(gauge, version="other") for gauge in gauges)).id


def test_a_checkout_s_head_is_opened_and_measurements_are_kept(head, tmp_path, conversations, rulebook):
    place = tmp_path / HEAD
    place.parent.mkdir(parents=True)
    place.write_bytes(write_head(head))
    judge = load_offline_judge(tmp_path)
    assert judge.id == as_judge(head, open_gauges(GROUPS)).id
    assert isinstance(judge.judge(conversations[0][:1], rulebook.rubric)[0], Judgement)
    assert (tmp_path / ".selfsown" / "measurements.sqlite").is_file()
    assert load_offline_judge(None, place).store is None


def test_a_head_for_other_measurements_is_refused(head, tmp_path):
    place = tmp_path / "head.json"
    place.write_bytes(write_head(replace(head, versions=("0" * 12, head.versions[1]))))
    with pytest.raises(SelfsownError, match="fitted on other measurements of seen") as caught:
        load_offline_judge(None, place)
    assert "selfsown judge fit" in caught.value.tip


def test_without_a_checkout_a_file_must_be_named():
    with pytest.raises(UsageError, match="no head here"):
        load_offline_judge(None)
