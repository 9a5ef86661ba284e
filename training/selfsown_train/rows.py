"""Conversations and ratings as rows to train on: a row is a tuple of turns that ends with the assistant."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from selfsown.conversation import Conversation, Turn
from selfsown.judge.prompt import LEVELS, OVERALL, render_questions, render_state
from selfsown.judgement import Rubric
from selfsown.rating import Rating
from selfsown_train.corpus import RatedConversation, as_conversation

Row = tuple[Turn, ...]


def chat_rows(conversations: Iterable[Conversation]) -> list[Row]:
    """One row per conversation, with all its turns."""
    return [entry.turns for entry in conversations]


def instruction_rows(conversations: Iterable[Conversation]) -> list[Row]:
    """The first request and its answer of each conversation: the Alpaca form of base-level instruction tuning."""
    return [tuple(turn for turn in entry.turns if turn.role != "system")[:2] for entry in conversations]


def rating_rows(rated: Sequence[RatedConversation], rubric: Rubric, questions_per_rating: int) -> list[Row]:
    """Rating as a skill ("train to train"): the judge's own prompts, answered as the person answered.

    Each rating teaches up to `questions_per_rating` of the questions that the person answered, chosen by a hash of its id.
    """
    rows: list[Row] = []
    questions = render_questions(rubric)
    for entry in rated:
        answered = [name for name in questions if name == OVERALL or name in entry.rating.criteria]
        for name in _choose(answered, entry.rating.id, questions_per_rating):
            prompt = _render_prompt(render_state(as_conversation(entry), rubric), name, questions[name])
            rows.append((prompt, Turn("assistant", _label(name, entry.rating))))
    return rows


def _choose(names: list[str], seed: str, count: int) -> list[str]:
    ranked = sorted(names, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).hexdigest())
    return ranked[:count]


def _label(name: str, rating: Rating) -> str:
    if name == OVERALL:
        return "ABCDEFGHIJK"[min(LEVELS - 1, round(rating.score))]
    return "Yes" if rating.criteria[name] else "No"


def _render_prompt(state: str, name: str, question: dict[str, Any]) -> Turn:
    """The user message that `transformers` renders for this question: training and judging must show the same text."""
    from transformers.decision.configuration_utils import DecisionConfig
    from transformers.decision.template_utils import DECISION_PROMPT, parse_questions
    from transformers.utils.chat_template_utils import _compile_jinja_template

    parsed = parse_questions({name: question}, DecisionConfig())[0]
    text = _compile_jinja_template(DECISION_PROMPT).render(state=state, question=parsed)
    return Turn("user", text)
