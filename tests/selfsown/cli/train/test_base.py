from __future__ import annotations

from types import SimpleNamespace as Made
from typing import Any

import pytest

from selfsown.cli.train.base import describe_source, say_difference, show
from selfsown.cli.train_ import say_preference
from selfsown.evaluation.intervals import Interval

MADE_FROM = {
    "base": {"name": "packaged:smollm2-135m"},
    "rows": 10,
    "rows_used": 9,
    "steps": 4,
    "first_loss": 2.0,
    "last_loss": 1.0,
    "left_out": {"repeated": 3},
}
TOLD: dict[str, Any] = {
    "pairs": {"rework": 3, "rated": 2},
    "pairs_used": 4,
    "steps": 2,
    "chosen": {"before": -1.0, "after": -1.2},
    "rejected": {"before": -1.0, "after": -3.0},
    "preferred": {"before": 0.5, "after": 1.0},
    "chosen_fell": True,
}


def test_a_tuned_base_says_what_it_learned(capsys: pytest.CaptureFixture[str]) -> None:
    base = Made(name="built:ab12", digest="0" * 12)
    tuning = Made(n=120, before=2.5, after=2.25, difference=Interval(-0.25, -0.3, -0.2))
    show(Made(base=base, made_from=MADE_FROM), tuning)
    told = capsys.readouterr().err
    assert "from packaged:smollm2-135m, 9 of 10 rows in 4 steps, training loss 2.00 to 1.00" in told
    assert "3 left out: repeated" in told
    assert "-0.300 to -0.200" in told
    assert "better than before" in told
    show(Made(base=base, made_from=MADE_FROM), None)
    assert "no row is held out" in capsys.readouterr().err
    show(Made(base=base, made_from=None), None)
    assert "as those who made it left it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(-0.2, -0.1, "better"), (0.1, 0.2, "worse than"), (-0.1, 0.1, "neither better nor worse")],
)
def test_the_interval_decides_the_words(low: float, high: float, words: str) -> None:
    assert words in say_difference(Interval(0.0, low, high))


def test_a_base_that_was_not_tuned_says_so() -> None:
    assert describe_source({"base": None, "steps": 0}) == "from random weights, not tuned"


def test_what_preferences_did_is_said() -> None:
    first, second = say_preference(TOLD, {"epochs": 1})
    assert "2 of rated, 3 of rework, 4 used in 2 steps" in first
    assert "50% before and 100% after" in first
    assert "-1.00 to -1.20" in second
    assert len(say_preference({**TOLD, "chosen_fell": False}, {"epochs": 1})) == 1
    assert "fits" in say_preference({"pairs": {"rated": 2}, "pairs_used": 0, "steps": 0}, {"epochs": 1})[0]
    assert "left out" in say_preference(None, {"epochs": 1})[0]
    assert say_preference(None, {"epochs": 0}) == say_preference(None, {}) == []
