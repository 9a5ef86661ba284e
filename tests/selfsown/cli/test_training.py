"""The progress of long work where nobody sees a bar: a line per stage and half minute, with what is left."""

from __future__ import annotations

import pytest
from rich.progress import Progress

from selfsown.cli import training
from selfsown.cli.training import Pace, ProgressReport


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(training.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(training, "say", lines.append)
    return lines


def test_a_line_comes_every_half_minute_and_at_the_end(clock: list[float], said: list[str]) -> None:
    report = ProgressReport(Progress(disable=True))
    for step in range(41, 101):  # it goes on after 40 steps; two seconds each
        report("round", step, 100, "loss 2.000, 5,000 tokens/s")
        clock[0] += 2.0
    assert said == [
        "  train the adapter: 56 of 100 steps, loss 2.000, 5,000 tokens/s, about 88 s left",
        "  train the adapter: 71 of 100 steps, loss 2.000, 5,000 tokens/s, about 58 s left",
        "  train the adapter: 86 of 100 steps, loss 2.000, 5,000 tokens/s, about 28 s left",
        "  train the adapter: 100 steps, loss 2.000, 5,000 tokens/s",
    ]


def test_quick_work_is_one_line(clock: list[float], said: list[str]) -> None:
    report = ProgressReport(Progress(disable=True))
    for step in (1, 2, 3):
        report("measure", step, 3)
    assert said == ["  measure the held-out loss: 3 steps"]


@pytest.mark.parametrize(
    ("each", "words"), [(0.5, "about 5 s"), (8.9, "about 89 s"), (12.0, "about 2 min"), (900.0, "about 2 h")]
)
def test_what_is_left_is_said_in_a_unit_that_fits(clock: list[float], each: float, words: str) -> None:
    pace = Pace(10)
    clock[0] += each * 10
    assert pace.left(20, 30) == words
