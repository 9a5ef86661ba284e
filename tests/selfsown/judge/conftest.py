"""Conversations and judges to try the judging with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.judgement import Judgement, Rubric, Unjudged

NAMES = ("answers", "form", "fair", "correction", "honest")


def chat(*texts: str) -> Conversation:
    """The texts of user and assistant in turn."""
    turns = tuple(Turn(("user", "assistant")[index % 2], text) for index, text in enumerate(texts))
    return Conversation(turns, "garden-bot", "CC-BY-4.0", "2026-09-14")


@dataclass
class CountingJudge:
    """Gives every conversation the length of its first turn as a score, and remembers what it was asked."""

    id: str = "counting-1"
    refuses: str = "unjudgeable"
    asked: list[list[str]] = field(default_factory=list)

    def judge(self, conversations: Sequence[Conversation], rubric: Rubric) -> list[Judgement | Unjudged]:
        self.asked.append([entry.id for entry in conversations])
        return [self._judge(entry, rubric) for entry in conversations]

    def _judge(self, entry: Conversation, rubric: Rubric) -> Judgement | Unjudged:
        if self.refuses in entry.turns[0].content:
            return Unjudged(entry.id, self.id, "it would not")
        share = min(len(entry.turns[0].content), 100) / 100
        return Judgement(entry.id, self.id, rubric.digest, dict.fromkeys(NAMES, share), flags=("counted",))


@pytest.fixture(scope="session")
def say() -> Callable[..., Conversation]:
    """A builder of conversations."""
    return chat


@pytest.fixture
def counting() -> CountingJudge:
    """A judge that remembers what it was asked."""
    return CountingJudge()


@pytest.fixture(scope="session")
def counting_judge() -> type[CountingJudge]:
    """The class of `counting`, for tests that need two."""
    return CountingJudge
