"""Intervals: reproducible, as wide as theory has it, and wider where the data is clustered."""

from __future__ import annotations

import math

import numpy as np
import pytest

from selfsown.evaluation.intervals import Interval, bootstrap_interval, draw_rows


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution():
    values = np.random.default_rng(3).normal(size=400)
    found = bootstrap_interval(lambda rows: float(values[rows].mean()), 400, resamples=2000, seed=1)
    half = 1.96 * values.std() / 20
    assert found.estimate == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((found.estimate - half, found.estimate + half), abs=0.012)


def test_the_same_seed_gives_the_same_interval_and_another_another():
    values = np.arange(30.0)
    first, again, other = (
        bootstrap_interval(lambda rows: float(values[rows].mean()), 30, resamples=50, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_copies_of_an_answer_are_no_new_evidence():
    values = np.repeat(np.random.default_rng(3).normal(size=40), 10)
    mean = lambda rows: float(values[rows].mean())  # noqa: E731
    clusters = np.repeat(np.arange(40), 10).tolist()
    alone = bootstrap_interval(mean, 400, resamples=400)
    together = bootstrap_interval(mean, 400, resamples=400, clusters=clusters)
    assert (together.high - together.low) / (alone.high - alone.low) == pytest.approx(math.sqrt(10), rel=0.2)


def test_a_cluster_is_drawn_whole():
    for rows in draw_rows(5, 20, 0, ["a", "a", "b", "c", "c"]):
        counts = np.bincount(rows, minlength=5)
        assert counts[0] == counts[1]
        assert counts[3] == counts[4]


def test_draws_that_say_nothing_do_not_count_and_no_data_gives_no_bounds():
    def only_with_the_last(rows):
        return float(rows.mean()) if 2 in rows else float("nan")

    assert math.isfinite(bootstrap_interval(only_with_the_last, 3, resamples=50).low)
    empty = bootstrap_interval(lambda _: 1.0, 0)
    assert empty.to_json() == {"estimate": None, "low": None, "high": None}


def test_json_has_six_places():
    assert Interval(1 / 3, 0.0, 1.0).to_json() == {"estimate": 0.333333, "low": 0.0, "high": 1.0}
