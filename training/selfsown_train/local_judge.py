"""A causal language model as a judge: a folder or hub name, or a round with the adapter that it rates with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from selfsown.conversation import Conversation
from selfsown.judge.prompt import read_answers, render_questions, render_state
from selfsown.judgement import Judgement, Rubric, Unjudged
from selfsown_train.decisions import decide
from selfsown_train.model import Base, ChatModel, load_base, model_digest
from selfsown_train.registry import cache_folder, locate


@dataclass(frozen=True, slots=True)
class LocalJudge:
    """Answers the rubric by the logits of a model. `id` names weights, adapter, tokenizer and precision."""

    id: str
    chat: ChatModel

    def judge(self, conversations: Sequence[Conversation], rubric: Rubric) -> list[Judgement | Unjudged]:
        """One answer per conversation; Unjudged where it does not fit the model's window."""
        questions = render_questions(rubric)
        requests = [{"state": render_state(entry), "questions": questions} for entry in conversations]
        with self.chat.rating():
            answers = decide(self.chat, requests)
        return [self._read(entry, answer, rubric) for entry, answer in zip(conversations, answers, strict=True)]

    def _read(self, conversation: Conversation, answer: object, rubric: Rubric) -> Judgement | Unjudged:
        if not isinstance(answer, dict):
            why = f"it takes {answer} tokens; the model's window has {self.chat.context}"
            return Unjudged(conversation.id, self.id, why)
        criteria, overall = read_answers(answer, rubric)
        return Judgement(conversation.id, self.id, rubric.digest, criteria, overall)


def load_local_judge(name: str) -> LocalJudge:
    """A judge from a model folder, a hub name, or `packaged:NAME`."""
    chat = load_base(locate(Base(name, "", ""), cache_folder()))
    return as_judge(chat, "local")


def as_judge(chat: ChatModel, what: str) -> LocalJudge:
    """A loaded model as a judge; the id says what it is and carries the digest of its weights and precision."""
    precision = str(chat.model.dtype).removeprefix("torch.")
    return LocalJudge(f"{what}-{model_digest(chat)}-{precision}", chat)
