"""A causal language model as a judge: a folder or hub name, or a round with the adapter that it rates with.

Every prompt begins with the rubric. What the model keeps of that is computed for the first batch and serves all that
follow. A conversation that is longer than the model's window is read in overlapping windows. Each criterion has the lowest
probability that any window gave it, and so has the overall score: what is wrong anywhere is wrong with the whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from selfsown.conversation import Conversation, Turn
from selfsown.judge.prompt import read_answers, render_questions, render_state
from selfsown.judgement import Judgement, Rubric, Unjudged
from selfsown_train.decisions import Answers, Beginning, decide, read_beginning
from selfsown_train.model import Base, ChatModel, load_base, model_digest
from selfsown_train.typed_prompts import prompt_digest, render_prompts
from selfsown_train.windows import decide_windows

LEAST_COVERAGE = 0.1  # of the text: who has read less cannot say

_BATCH, _BATCH_ELSEWHERE = 16, 128  # on a CPU more gains nothing, and what is answered is kept sooner
_TRIES = 4  # what parts take says almost, not quite, what the whole takes
# Conversations that have nothing in common: the marker of each begins with another digit.
_SAMPLES = tuple(Conversation((Turn("user", text),), "", "", "") for text in "1be")
_SLACK = 4  # tokens a turn, for what joins its line to the next one


@dataclass(frozen=True, slots=True)
class LocalJudge:
    """Answers the rubric by the logits of a model. `id` names weights, adapter, tokenizer, prompt and precision."""

    id: str
    chat: ChatModel
    _begun: dict[str, Beginning | None] = field(default_factory=dict, repr=False, compare=False)  # by rubric

    @property
    def batch(self) -> int:
        """How many conversations it is best asked about at once."""
        return _BATCH if self.chat.model.device.type == "cpu" else _BATCH_ELSEWHERE

    def judge(self, conversations: Sequence[Conversation], rubric: Rubric) -> list[Judgement | Unjudged]:
        """One answer per conversation; Unjudged where hardly anything of it fits the model's window."""
        with self.chat.rating():
            answers = self._ask(conversations, rubric)
            return [
                self._read(entry, [answer], 1.0, rubric)
                if isinstance(answer, dict)
                else self._judge_long(entry, rubric)
                for entry, answer in zip(conversations, answers, strict=True)
            ]

    def _ask(self, conversations: Sequence[Conversation], rubric: Rubric) -> list[Answers | int]:
        if rubric.digest not in self._begun:
            self._begun[rubric.digest] = read_beginning(self.chat, _render_requests(_SAMPLES, rubric))
        requests = _render_requests(conversations, rubric)
        return decide(self.chat, requests, beginning=self._begun[rubric.digest])

    def _judge_long(self, conversation: Conversation, rubric: Rubric) -> Judgement | Unjudged:
        """By windows; where one turns out too long after all, by shorter ones."""
        overhead, tokens = _measure(self.chat, conversation, rubric)
        room = self.chat.context - overhead
        for _ in range(_TRIES):
            windows = decide_windows(conversation, tokens, room)
            if windows.coverage < LEAST_COVERAGE:
                break
            answers = self._ask(windows.shown, rubric)
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


def _render_requests(conversations: Sequence[Conversation], rubric: Rubric) -> list[dict[str, Any]]:
    questions = render_questions(rubric)
    return [{"state": render_state(entry, rubric), "questions": questions} for entry in conversations]


def _measure(chat: ChatModel, conversation: Conversation, rubric: Rubric) -> tuple[int, list[int]]:
    """The tokens of the longest prompt about no turn at all, and what each turn adds."""
    parts = [replace(conversation, turns=turns) for turns in ((), *((turn,) for turn in conversation.turns))]
    overhead, *tokens = (entry.longest for entry in render_prompts(chat, _render_requests(parts, rubric)))
    return overhead + _SLACK, [max(count - overhead, 0) + _SLACK for count in tokens]


def load_local_judge(name: str) -> LocalJudge:
    """A judge from a model folder or hub name."""
    chat = load_base(Base(name, "", ""))
    return as_judge(chat, "local")


def as_judge(chat: ChatModel, what: str) -> LocalJudge:
    """A loaded model as a judge; the id says what it is and carries a digest of weights and prompt, and the precision."""
    digest = hashlib.sha256(f"{model_digest(chat)}\n{prompt_digest()}".encode()).hexdigest()[:12]
    return LocalJudge(f"{what}-{digest}-{str(chat.model.dtype).removeprefix('torch.')}", chat)
