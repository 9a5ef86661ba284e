"""Conversations longer than the window: where windows begin and end, what is cut, what share of the text was read."""

from __future__ import annotations

import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.judge.prompt import render_state
from selfsown.judgement import Rubric
from selfsown_train.windows import MOST_WINDOWS, decide_windows


def chat(*texts: str, system: str = "") -> Conversation:
    turns = tuple(Turn(("user", "assistant")[n % 2], text) for n, text in enumerate(texts))
    first = (Turn("system", system),) if system else ()
    return Conversation(first + turns, "starter", "CC0-1.0", "2026-11-21")


def texts(window: Conversation) -> list[str]:
    return [turn.content for turn in window.turns]


TEN = chat(*(f"{n}" * 10 for n in range(10)))


def test_windows_end_on_the_assistant_overlap_by_an_exchange_and_show_every_turn() -> None:
    found = decide_windows(TEN, [10] * 10, 60)
    assert [[text[0] for text in texts(one)] for one in found.shown] == [list("012345"), list("456789")]
    assert all(one.turns[-1].role == "assistant" for one in found.shown)
    assert found.coverage == 1.0


def test_an_exchange_that_fits_only_by_itself_is_not_overlapped() -> None:
    found = decide_windows(TEN, [10] * 10, 39)
    assert [[text[0] for text in texts(one)] for one in found.shown] == [[f"{n}", f"{n + 1}"] for n in range(0, 10, 2)]


def test_what_fits_is_one_window() -> None:
    assert decide_windows(TEN, [10] * 10, 100).shown == (TEN,)


def test_a_system_turn_belongs_to_the_first_exchange_and_a_last_request_has_a_window() -> None:
    found = decide_windows(chat("a", "b", "c", system="s"), [10] * 4, 30)
    assert [texts(one) for one in found.shown] == [["s", "a", "b"], ["c"]]


def test_of_a_turn_that_is_too_long_head_and_tail_are_kept() -> None:
    entry = chat("What?", "begin " + "x" * 988 + " end.!")
    found = decide_windows(entry, [5, 500], 117)
    question, answer = texts(found.shown[0])
    assert question == "What?"
    assert answer.startswith("begin xxx")
    assert answer.endswith("xxx end.!")
    kept = len(answer.replace("\n[\u2026]\n", ""))
    assert kept == 200  # of 112 tokens twelve are for the cut, and a token has two characters
    assert found.coverage == pytest.approx((kept + 5) / 1005)


def test_beginning_and_end_are_read_where_there_are_too_many_windows() -> None:
    entry = chat(*(f"{n}" for n in range(100)))
    found = decide_windows(entry, [10] * 100, 20)
    assert len(found.shown) == MOST_WINDOWS
    assert texts(found.shown[0]) == ["0", "1"]
    assert texts(found.shown[-1]) == ["98", "99"]
    assert found.coverage == pytest.approx(54 / 190)


def test_the_marker_is_that_of_the_shown_window() -> None:
    first, second = decide_windows(TEN, [10] * 10, 60).shown
    states = [render_state(one, Rubric(1, "How good?", ())) for one in (first, second)]
    markers = {line.split()[1] for state in states for line in state.splitlines() if line[:4] == "END "}
    assert len(markers) == 2
