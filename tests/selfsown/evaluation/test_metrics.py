"""The measures against answers worked out by hand, and against the libraries that have them too."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_auc_score

from selfsown.evaluation.metrics import (
    auc,
    expected_calibration_error,
    kendall,
    pair_accuracy,
    quadratic_kappa,
    reliability,
    spearman,
    to_levels,
)


def test_auc_by_hand():
    # Good: 3, 2; bad: 1, 2. Of the four pairs three are right and one is a tie.
    assert auc([3, 2, 1, 2], [True, True, False, False]) == pytest.approx(3.5 / 4)
    assert auc([5, 5, 5], [True, False, False]) == 0.5


def test_auc_is_that_of_scikit_learn():
    generator = np.random.default_rng(7)
    for n in (2, 30, 400):
        scores, labels = generator.random(n).round(1), np.arange(n) % 2 == 0
        assert auc(scores, labels) == pytest.approx(roc_auc_score(labels, scores))


def test_pair_accuracy_counts_a_tie_half_and_leaves_peoples_ties_out():
    assert pair_accuracy([3, 1, 2, 9], [1, 3, 2, 1], [1, 1, -1, 0]) == pytest.approx((1 + 0 + 0.5) / 3)


def test_correlations_by_hand():
    # One swap of neighbours in four: rho = 1 - 6 * 2 / (4 * 15), and five of six pairs agree.
    assert spearman([1, 2, 3, 4], [1, 2, 4, 3]) == pytest.approx(0.8)
    assert kendall([1, 2, 3, 4], [1, 2, 4, 3]) == pytest.approx(4 / 6)


def test_quadratic_kappa_by_hand():
    # Off by 1 once in four; by chance the squared distance of [0, 1, 2, 2] and [0, 1, 2, 1] is 20/16 on average.
    by_chance = np.mean([(a - b) ** 2 for a in (0, 1, 2, 2) for b in (0, 1, 2, 1)])
    assert by_chance == 20 / 16
    assert quadratic_kappa([0, 1, 2, 2], [0, 1, 2, 1]) == pytest.approx(1 - (1 / 4) / (20 / 16))


def test_a_level_that_nobody_uses_keeps_its_distance():
    assert quadratic_kappa([0, 4, 4, 0], [0, 4, 3, 0]) == pytest.approx(
        1 - (1 / 4) / np.mean([(a - b) ** 2 for a in (0, 4, 4, 0) for b in (0, 4, 3, 0)])
    )


def test_levels_are_the_nearest():
    assert to_levels([0.0, 0.12, 0.13, 0.5, 0.99, 1.0], 5).tolist() == [0, 0, 1, 2, 4, 4]
    assert to_levels([0.49, 0.5], 2).tolist() == [0, 1]


def test_calibration_error_by_hand():
    # Bin .1-.2: promised .15 and .15, came 0 and 1 (half). Bin .9-1: promised 1, came 1.
    assert expected_calibration_error([0.15, 0.15, 1.0], [0, 1, 1]) == pytest.approx(2 / 3 * 0.35)
    assert reliability([0.15, 0.15, 1.0], [0, 1, 1]) == [(2, pytest.approx(0.15), 0.5), (1, 1.0, 1.0)]


def test_reliability_is_that_of_scikit_learn():
    generator = np.random.default_rng(1)
    promised = generator.random(300)
    came = generator.random(300) < promised**2
    shares, means = calibration_curve(came, promised, n_bins=10)
    found = reliability(promised, came)
    assert [entry[1] for entry in found] == pytest.approx(means.tolist())
    assert [entry[2] for entry in found] == pytest.approx(shares.tolist())


@pytest.mark.parametrize(
    "value",
    [
        auc([1, 2], [True, True]),
        auc([], []),
        pair_accuracy([1], [2], [0]),
        spearman([1, 1, 1], [1, 2, 3]),
        kendall([1, 2], [3, 3]),
        quadratic_kappa([1, 1], [1, 1]),
        expected_calibration_error([], []),
    ],
)
def test_where_the_data_says_nothing_there_is_no_number(value):
    assert math.isnan(value)
