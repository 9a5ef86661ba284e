"""The trivial judges: length and nothing else."""

from __future__ import annotations

from itertools import pairwise

import pytest

from selfsown.cli.judges import open_judge
from selfsown.conversation import Conversation, Turn
from selfsown.judge.trivial import SHARES, TrivialJudge


def chat(*answers: str) -> Conversation:
    turns = [turn for answer in answers for turn in (Turn("user", "long question " * 40), Turn("assistant", answer))]
    return Conversation(tuple(turns), "zoo", "CC0-1.0", "2026-01-01")


def scores(name, rubric, chats):
    return [answer.score for answer in TrivialJudge(name).judge(chats, rubric)]


def test_longest_rises_with_every_character_and_shortest_falls(rulebook):
    chats = [chat("x" * length) for length in (0, 1, 2, 50, 51, 800, 801, 8000, 8001, 70_000)]
    longest, shortest = (scores(name, rulebook.rubric, chats) for name in ("longest", "shortest"))
    assert all(low < high for low, high in pairwise(longest))
    assert all(high > low for high, low in pairwise(shortest))
    assert (longest[0], longest[-1]) == (0.0, 10.0)


def test_every_answer_of_a_conversation_counts_and_no_request(rulebook):
    whole, apart = scores("longest", rulebook.rubric, [chat("x" * 60), chat("x" * 20, "x" * 40)])
    assert whole == apart


def test_constant_tells_nothing_apart(rulebook):
    assert scores("constant", rulebook.rubric, [chat(""), chat("x" * 900)]) == [5.0, 5.0]


@pytest.mark.parametrize("name", SHARES)
def test_a_trivial_judge_answers_the_rubric_like_any_other(name, rulebook):
    judge = open_judge(name, rulebook)
    answer = judge.judge([chat("Yes.")], rulebook.rubric)[0]
    assert rulebook.schemas["judgement"].accepts(answer.to_json())
    assert answer.judge == judge.id
    assert judge.id.startswith(f"{name}-")
