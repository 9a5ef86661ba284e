"""What proves a band: the arithmetic beside scipy's, and the order in which thresholds are tried."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from selfsown.calibration.audit import is_audited
from selfsown.calibration.bands import find_threshold, least_ratings, proves


@pytest.mark.parametrize(("risk", "counts"), [(0.10, (29, 61, 103)), (0.05, (59, 124, 208))])
def test_so_many_ratings_prove_a_band(risk, counts):
    assert tuple(least_ratings(errors, risk, 0.95) for errors in (0, 2, 5)) == counts
    for errors, n in zip((0, 2, 5), counts, strict=True):
        bounds = [stats.beta.ppf(0.95, errors + 1, size - errors) for size in (n - 1, n)]
        assert bounds[0] > risk >= bounds[1]


def test_a_proof_is_the_bound_of_clopper_and_pearson():
    for n in (1, 7, 40, 300, 5000):
        for errors in range(0, min(n, 60), 3):
            for risk in (0.02, 0.1, 0.5):
                bound = stats.beta.ppf(0.95, errors + 1, n - errors)
                assert proves(n, errors, risk, 0.95) == (bound <= risk), (n, errors, risk)


def test_nothing_is_proved_by_nothing():
    assert not proves(0, 0, 0.1, 0.95)
    assert not proves(5, 6, 0.1, 0.95)
    assert not proves(1000, 0, 0.0, 0.95)
    assert find_threshold([], 0.1, 0.95) is None


def rated(values, contrary):
    return [(value, index in contrary) for index, value in enumerate(values)]


def test_the_search_goes_from_the_top_down_to_the_first_failure():
    values = [1 - index / 100 for index in range(80)]
    assert find_threshold(rated(values, {}), 0.1, 0.95) == (values[-1], 80, 0)
    assert find_threshold(rated(values[:28], {}), 0.1, 0.95) is None
    assert find_threshold(rated(values, {30}), 0.1, 0.95) == (values[29], 30, 0)
    # What lies below the first failure would pass again, and is not looked at: choosing it would void the bound.
    assert proves(60, 1, 0.1, 0.95)


def test_one_contrary_rating_at_the_top_of_many_does_not_end_the_search():
    values = [1 - index / 1000 for index in range(400)]
    found = find_threshold(rated(values, {3, 17, 350}), 0.1, 0.95)
    assert found == (values[-1], 400, 3)


def test_equal_values_stand_or_fall_together():
    assert find_threshold([(0.9, False)] * 29 + [(0.8, True)] * 2 + [(0.8, False)], 0.1, 0.95) == (0.9, 29, 0)
    assert find_threshold([(0.9, False)] * 20 + [(0.8, False)] * 20, 0.1, 0.95) == (0.8, 40, 0)


def test_a_band_that_should_not_be_is_found_no_oftener_than_promised():
    """Every conversation is declined as often as the policy bears at most; a proof may come by chance in one of twenty."""
    generator = np.random.default_rng(7)
    values = list(np.linspace(1.0, 0.5, 150))
    found = sum(
        find_threshold(list(zip(values, generator.random(150) < 0.1, strict=True)), 0.1, 0.95) is not None
        for _ in range(400)
    )
    assert found / 400 < 0.05 + 0.03


def test_the_draw_is_of_the_right_size_and_known_only_with_the_key():
    names = [f"c-{number:032x}" for number in range(4000)]
    public = {name for name in names if is_audited(name, "0" * 12, 0.05)}
    keyed = {name for name in names if is_audited(name, "0" * 12, 0.05, b"key")}
    other = {name for name in names if is_audited(name, "1" * 12, 0.05, b"key")}
    assert all(150 < len(drawn) < 250 for drawn in (public, keyed, other))
    assert len(public & keyed) < 30 > len(keyed & other)
    assert keyed == {name for name in names if is_audited(name, "0" * 12, 0.05, b"key")}
    assert not any(is_audited(name, "0" * 12, 0.0) for name in names)
    assert all(is_audited(name, "0" * 12, 1.0) for name in names)
