"""Fitting on ratings whose truth is known: the right curve, honest figures, and bands of independent people alone."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from selfsown.calibration.acceptance import acceptance
from selfsown.calibration.fit import Origin, fit_calibration
from selfsown.calibration.measure import calibration_error, expected_error, reliability_bins
from selfsown.calibration.picture import draw_reliability
from selfsown.calibration.record import Audits, Method, read_calibration
from selfsown.calibration.sample import Sample, count_audits, make_samples
from selfsown.errors import SelfsownError
from selfsown.judgement import Judgement, Unjudged
from selfsown.rated import Opinion

ORIGIN = Origin("c" * 40, "0" * 12, "2026-09-01")
NAMES = ("answers", "form", "fair", "correction", "honest")


@pytest.fixture
def policy(rulebook):
    return rulebook.policy.judge


def sample(number, answers, accepted, *, independent=True, flags=(), group=""):
    said = Judgement(f"c-{number:032x}", "round-1", "0" * 12, answers, flags=flags)
    since = "2026-09-02" if independent else ""
    return Sample(said, None, accepted, accepted if independent else None, since, group or f"g{number}")


def drawn(n, chance, seed=1, **facts):
    """Judgements of one probability for all criteria, accepted with probability chance(score)."""
    generator = np.random.default_rng(seed)
    shares = generator.random(n)
    return [
        sample(index, dict.fromkeys(NAMES, float(share)), bool(generator.random() < chance(share)), **facts)
        for index, share in enumerate(shares)
    ]


def steep(share):
    return 1 / (1 + np.exp(-25 * (share - 0.5)))


@pytest.fixture(scope="module")
def fitted(rulebook):
    samples = drawn(400, steep)
    return samples, fit_calibration(samples, rulebook.policy.judge, ORIGIN)


def test_acceptance_comes_near_the_truth_and_says_how_near(fitted, rulebook):
    _, found = fitted
    new = drawn(2000, steep, seed=2)
    promised = np.array([acceptance(found, entry.judgement, None) for entry in new])
    assert calibration_error(promised, np.array([entry.accepted for entry in new])) < 0.05
    assert found.measured.ece < 0.05
    assert found.measured.ece_low <= found.measured.ece <= found.measured.ece_high
    assert found.measured.losses[found.curve.method] == min(found.measured.losses.values())
    assert found.measured.losses["base-rate"] > 2 * found.measured.losses["platt"]
    assert (found.n, found.independent, found.judge) == (400, 400, "round-1")


def test_both_ends_are_bands_and_hold_for_others(fitted):
    _, found = fitted
    assert found.accept.bound <= 0.10
    assert found.decline.bound <= 0.05
    new = [(acceptance(found, entry.judgement, None), entry.accepted) for entry in drawn(4000, steep, seed=3)]
    above = [accepted for value, accepted in new if value >= found.accept.threshold]
    below = [accepted for value, accepted in new if value <= found.decline.threshold]
    assert 1 - np.mean(above) <= 0.10
    assert np.mean(below) <= 0.05
    assert (len(above) + len(below)) / len(new) > 0.4


def test_what_is_written_reads_back(fitted, rulebook):
    _, found = fitted
    again = read_calibration(json.dumps(found.to_json()).encode(), rulebook.schemas["calibration"])
    assert again.to_json() == found.to_json()


def test_the_same_ratings_give_the_same_calibration(fitted, policy):
    samples, found = fitted
    assert fit_calibration(samples, policy, ORIGIN).digest == found.digest


def test_authors_fit_the_curve_and_prove_no_band(policy):
    found = fit_calibration(drawn(300, steep, independent=False), policy, ORIGIN)
    assert (found.independent, found.accept, found.decline) == (0, None, None)
    assert found.measured.losses["platt"] < found.measured.losses["base-rate"]


def test_what_is_in_doubt_proves_no_band(policy):
    found = fit_calibration(drawn(300, steep, flags=("odd",)), policy, ORIGIN)
    assert (found.independent, found.accept, found.decline) == (300, None, None)


def test_a_judge_that_knows_nothing_gets_the_base_rate_and_no_band(policy):
    found = fit_calibration(drawn(300, lambda _: 0.97), policy, ORIGIN)
    shares = [acceptance(found, entry.judgement, None) for entry in drawn(50, steep)]
    assert max(shares) - min(shares) < 0.2
    if found.curve.method is Method.BASE_RATE:
        assert found.accept is None


@pytest.mark.parametrize(
    "samples", [drawn(29, steep), drawn(100, lambda _: 1.0), drawn(200, lambda share: share > 0.99)]
)
def test_too_few_or_one_sided_ratings_give_the_base_rate(samples, policy):
    found = fit_calibration(samples, policy, ORIGIN)
    assert (found.curve.method, found.curve.inputs, found.measured) == (Method.BASE_RATE, (), None)
    positives = sum(entry.accepted for entry in samples)
    share = acceptance(found, samples[0].judgement, None)
    assert share == pytest.approx((positives + 1) / (len(samples) + 2))


def test_conversations_that_begin_alike_stay_together(policy):
    """Ten questions, ten answers each, and the label is the question's: nothing can be learned of a new question."""
    samples = [
        sample(index, dict.fromkeys(NAMES, (index % 10 + 1) / 11), index % 2 == 0, group=f"g{index % 10}")
        for index in range(100)
    ]
    found = fit_calibration(samples, policy, ORIGIN)
    assert found.measured.losses[found.curve.method] > 0.6


def test_one_criterion_that_decides_is_found_by_weighing_all(policy):
    generator = np.random.default_rng(5)
    samples = []
    for index, answers in enumerate(generator.random((400, 5))):
        said = dict(zip(NAMES, map(float, answers), strict=True))
        samples.append(sample(index, said, bool(generator.random() < steep(said["honest"]))))
    found = fit_calibration(samples, policy, ORIGIN)
    assert found.curve.method is Method.LOGISTIC
    weights = dict(zip(found.curve.inputs, found.curve.weights, strict=True))
    assert max(weights, key=weights.get) == "judge.honest"


def test_features_are_weighed_where_another_judge_is_calibrated(policy):
    generator = np.random.default_rng(6)
    samples = []
    for index, share in enumerate(generator.random(200)):
        beside = Judgement(f"c-{index:032x}", "features-1", "0" * 12, {"form": float(share), "fair": 0.9})
        made = sample(index, dict.fromkeys(NAMES, float(generator.random())), bool(generator.random() < steep(share)))
        samples.append(replace(made, features=beside))
    found = fit_calibration(samples, policy, ORIGIN)
    assert (found.curve.method, found.features) == (Method.LOGISTIC, "features-1")
    assert "features.form" in found.curve.inputs
    assert "features.fair" not in found.curve.inputs  # it is the same for all
    assert acceptance(found, samples[0].judgement, None) is None


def test_a_calibration_is_of_one_judge(policy):
    samples = drawn(40, steep)
    other = replace(samples[0], judgement=replace(samples[0].judgement, judge="round-2"))
    with pytest.raises(SelfsownError, match="by 2 judges"):
        fit_calibration([*samples, other], policy, ORIGIN)
    with pytest.raises(SelfsownError, match="by 0 judges"):
        fit_calibration([], policy, ORIGIN)


def test_equal_promises_share_a_bin():
    promised, accepted = np.array([0.8] * 50 + [0.2] * 50), np.arange(100) % 2 == 0
    assert [(entry.n, entry.accepted) for entry in reliability_bins(promised, accepted)] == [(50, 0.5), (50, 0.5)]
    assert calibration_error(promised, accepted) == pytest.approx(0.3)
    assert 0.02 < expected_error(promised) < 0.1


def test_bins_have_equal_mass():
    promised = np.linspace(0, 1, 200) ** 3
    assert {entry.n for entry in reliability_bins(promised, promised > 0.5)} == {20}


def test_people_s_mean_from_the_policy_s_value_on_accepts(build):
    chats = [build.chat(f"question {number}?", "an answer") for number in range(4)]
    opinions = [
        Opinion(chat, score, score, "2026-09-01", "g") for chat, score in zip(chats, (5.0, 4.9, 9.0, 9.0), strict=True)
    ]
    answers = {chat.id: build.judged(chat, 5) for chat in chats[:2]}
    answers[chats[2].id] = Unjudged(chats[2].id, "features-1", "too long")
    samples = make_samples(opinions, answers, {}, 5.0)
    assert [entry.accepted for entry in samples] == [True, False]


def test_audits_are_counted_from_ratings(build, policy):
    every = replace(policy, audit_share=1.0)
    previous = replace(build.calibrated, judge="round-1")
    high, low, middle = (dict.fromkeys(NAMES, share) for share in (0.9, 0.1, 0.5))
    samples = [
        sample(1, high, accepted=True),
        sample(2, high, accepted=False),
        sample(3, low, accepted=False),
        sample(4, middle, accepted=False),
        sample(5, high, accepted=False, independent=False),
        replace(sample(6, high, accepted=False), since="2026-08-31"),
    ]
    assert count_audits(samples, previous, every, b"key") == Audits(3, 1)
    assert count_audits(samples, previous, replace(every, audit_share=0.0), b"key") == Audits(0, 0)
    assert count_audits(samples, build.calibrated, every, b"key") is None
    assert count_audits(samples, None, every, b"key") is None


def test_the_picture_is_the_same_every_time(fitted, build):
    _, found = fitted
    assert draw_reliability(found, ".svg") == draw_reliability(found, ".svg")
    assert draw_reliability(replace(build.calibrated, judge="a<b>&$x$"), ".svg").startswith(b"<?xml")
