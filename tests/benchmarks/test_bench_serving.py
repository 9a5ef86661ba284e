"""The benchmark of serving, for three seconds: everybody is answered, and everything is kept once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("peft", reason="the `chat` extra is not installed")
pytest.importorskip("uvicorn", reason="the `chat` extra is not installed")


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Benchmarks import what lies beside them."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    yield
    for name in ("bench_serving", "section"):
        sys.modules.pop(name, None)


@pytest.mark.slow
def test_thirty_two_people_chat_at_once_and_nothing_is_lost_or_doubled(beside: None, tmp_path: Path) -> None:
    from bench_serving import Setting, measure, render

    measured = measure(Setting("tiny", str(tmp_path)), 32, 3, alone=2)
    crowd = measured.lanes["all"]
    assert len(crowd.answers) >= 32
    assert len(crowd.talks) > 16  # an answer may be empty, and a conversation begins with the first that is not
    assert (measured.kept.lost, measured.kept.doubled, measured.kept.changed) == (0, 0, 0)
    assert measured.kept.seen == len(crowd.talks) + len(measured.lanes["alone"].talks)
    assert max(size for _, size in measured.memory) < 2 * measured.memory[0][1]
    assert all(answer.tokens for answer in measured.lanes["bare"].answers)
    assert f"lost {measured.kept.lost}" in render("tiny", measured, 32)
