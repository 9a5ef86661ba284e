"""A causal language model as a judge: a folder or hub name, or a round with the adapter that it rates with.

A conversation that is longer than the model's window is read in overlapping windows. Each criterion has the lowest
probability that any window gave it, and so has the overall score: what is wrong anywhere is wrong with the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from selfsown.conversation import Conversation
from selfsown.judge.prompt import read_answers, render_questions, render_state
from selfsown.judgement import Judgement, Rubric, Unjudged
from selfsown_train.decisions import Answers, decide
from selfsown_train.model import Base, ChatModel, load_base, model_digest
from selfsown_train.typed_prompts import render_prompts
from selfsown_train.windows import decide_windows

LEAST_COVERAGE = 0.1  # of the text: who has read less cannot say

_BATCH, _BATCH_ELSEWHERE = 16, 128  # on a CPU more gains nothing, and what is answered is kept sooner
_TRIES = 4  # what parts take says almost, not quite, what the whole takes
_SLACK = 4  # tokens a turn, for what joins its line to the next one


@dataclass(frozen=True, slots=True)
class LocalJudge:
    """Answers the rubric by the logits of a model. `id` names weights, adapter, tokenizer and precision."""

    id: str
    chat: ChatModel

    @property
    def batch(self) -> int:
        """How many conversations it is best asked about at once."""
        return _BATCH if self.chat.model.device.type == "cpu" else _BATCH_ELSEWHERE

    def judge(self, conversations: Sequence[Conversation], rubric: Rubric) -> list[Judgement | Unjudged]:
        """One answer per conversation; Unjudged where hardly anything of it fits the model's window."""
        questions = render_questions(rubric)
        with self.chat.rating():
            answers = _ask(self.chat, conversations, questions)
            return [
                self._read(entry, [answer], 1.0, rubric)
                if isinstance(answer, dict)
                else self._judge_long(entry, questions, rubric)
                for entry, answer in zip(conversations, answers, strict=True)
            ]

    def _judge_long(
        self, conversation: Conversation, questions: dict[str, Any], rubric: Rubric
    ) -> Judgement | Unjudged:
        """By windows; where one turns out too long after all, by shorter ones."""
        overhead, tokens = _measure(self.chat, conversation, questions)
        room = self.chat.context - overhead
        for _ in range(_TRIES):
            windows = decide_windows(conversation, tokens, room)
            if windows.coverage < LEAST_COVERAGE:
                break
            answers = _ask(self.chat, windows.shown, questions)
            excess = max((one - self.chat.context for one in answers if isinstance(one, int)), default=0)
            if not excess:
                return self._read(conversation, answers, windows.coverage, rubric)
            room -= excess
        why = f"it takes {overhead + sum(tokens)} tokens; the model's window has {self.chat.context}"
        return Unjudged(conversation.id, self.id, why)

    def _read(
        self, conversation: Conversation, answers: Sequence[Answers | int], coverage: float, rubric: Rubric
    ) -> Judgement:
        read = [read_answers(answer, rubric) for answer in answers if isinstance(answer, dict)]
        criteria = {name: min(found[name] for found, _ in read) for name in read[0][0]}
        overall = min(score for _, score in read)
        flags = () if coverage >= 1 else (f"only {int(100 * coverage)} % was read",)
        return Judgement(conversation.id, self.id, rubric.digest, criteria, overall, flags, coverage)


def _ask(chat: ChatModel, conversations: Sequence[Conversation], questions: dict[str, Any]) -> list[Answers | int]:
    return decide(chat, [{"state": render_state(entry), "questions": questions} for entry in conversations])


def _measure(chat: ChatModel, conversation: Conversation, questions: Mapping[str, Any]) -> tuple[int, list[int]]:
    """The tokens of the longest prompt about no turn at all, and what each turn adds."""
    parts = [replace(conversation, turns=turns) for turns in ((), *((turn,) for turn in conversation.turns))]
    found = render_prompts(chat, [{"state": render_state(part), "questions": questions} for part in parts])
    overhead, *tokens = (entry.longest for entry in found)
    return overhead + _SLACK, [max(count - overhead, 0) + _SLACK for count in tokens]


def load_local_judge(name: str) -> LocalJudge:
    """A judge from a model folder or hub name."""
    chat = load_base(Base(name, "", ""))
    return as_judge(chat, "local")


def as_judge(chat: ChatModel, what: str) -> LocalJudge:
    """A loaded model as a judge; the id says what it is and carries the digest of its weights and precision."""
    precision = str(chat.model.dtype).removeprefix("torch.")
    return LocalJudge(f"{what}-{model_digest(chat)}-{precision}", chat)
