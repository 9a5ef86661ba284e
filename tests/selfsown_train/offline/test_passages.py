"""Sentences of an answer: none left out, none made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfsown.conversation import Conversation, Turn
from selfsown_train.offline.passages import join_neighbours, read_passages, split_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It costs 3.5 euros.", ["It costs 3.5 euros."]),
        ("- one\n- two\n\n3. three", ["one", "two", "three"]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("", []),
        ("没有。再见。", ["没有。", "再见。"]),
    ],
)
def test_sentences(text, expected):
    assert split_sentences(text, 10) == expected


@given(st.lists(st.text(min_size=1), max_size=60), st.integers(1, 20))
def test_nothing_is_left_out(parts, most):
    joined = join_neighbours(parts, most)
    assert len(joined) <= most
    assert "".join(joined).replace(" ", "") == "".join(parts).replace(" ", "")


def test_who_spoke_last():
    turns = (Turn("system", "s"), Turn("user", "a"), Turn("assistant", "b"), Turn("user", "c"))
    unanswered = read_passages(Conversation(turns, "test", "CC0-1.0", "2026-01-01"))
    assert (unanswered.request, unanswered.answer, unanswered.before) == ("c", "", turns)
    answered = read_passages(Conversation(turns[:3], "test", "CC0-1.0", "2026-01-01"))
    assert (answered.request, answered.answer, answered.before) == ("a", "b", turns[:2])
