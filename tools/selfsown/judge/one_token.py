"""A typed question put to a chat model that answers with one token, read from the alternatives to that token. Pure.

The probability of an option is that of all its spellings. What lies on no option bounds the answer: however it were
shared out, no probability of yes would move by more than MOST_MISSING. Beyond that there is no answer, never a guess.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from selfsown.conversation import Conversation
from selfsown.judge.prompt import render_questions, render_state
from selfsown.judgement import Rubric

MOST_MISSING = 0.2  # of the probability, on what is no option

# Without A and I, which begin sentences ("I cannot say") and so would be read as levels.
_LETTERS = "BCDEFGHJKLMNOPQRSTUVWXYZ"
_SPACES = " \t\r\n\u0120\u010a\u2581"  # also as byte-level and SentencePiece vocabularies write them

# What begins a control token of some chat template. The server would read one in a text as the end of a turn.
_CONTROL = re.compile(r"<|\[(?=/?[A-Z_]{2,40}\])")

Alternative = tuple[str, float]


def render_requests(conversation: Conversation, rubric: Rubric) -> dict[str, str]:
    """The user message for every question by its name: the rubric, the conversation as data, the question, how to answer."""
    state = _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", render_state(conversation, rubric))
    return {name: f"{state}\n\n{render_question(question)}" for name, question in render_questions(rubric).items()}


def render_question(question: Mapping[str, Any]) -> str:
    """The question with its options and the one-token form of the answer."""
    if question["type"] == "noul":
        return f"{question['instructions']}\nAnswer Yes or No only."
    letters = _letters(question)
    levels = "\n".join(f"{letter}. {level}" for letter, level in zip(letters, question["criteria"], strict=True))
    closing = f"Answer with the letter of the level that fits best ({letters[0]} to {letters[-1]}) only."
    return f"{question['instructions']}\n{levels}\n{closing}"


def read_answer(question: Mapping[str, Any], alternatives: Sequence[Alternative]) -> dict[str, float] | str:
    """The answer in the System One form from (token, log probability) pairs, or why there is none."""
    is_noul = question["type"] == "noul"
    options = ["yes", "no"] if is_noul else list(_letters(question))
    mass = dict.fromkeys(options, 0.0)
    for token, logprob in alternatives:
        option = _option(token, is_noul)
        if option in mass:
            mass[option] += math.exp(logprob)
    total = sum(mass.values())
    if total < 1 - MOST_MISSING:
        return f"only {total:.0%} of the model's answer lay on the options it was given"
    if is_noul:
        return {"noul": mass["yes"] / total}
    return {"score": sum(level * mass[option] for level, option in enumerate(options)) / total}


def _letters(question: Mapping[str, Any]) -> str:
    return _LETTERS[: len(question["criteria"])]


def _option(token: str, is_noul: bool) -> str:
    """The option that a token spells: a space before it, and the case of a word, make no difference."""
    spelled = token.strip(_SPACES)
    if not is_noul:
        return spelled
    word = spelled.casefold()
    return {"y": "yes", "n": "no"}.get(word, word)
