"""The token ids of typed decisions: those of `transformers.pipeline("decision")`, for many requests in one call.

The pipeline renders and encodes one question at a time and lists the whole vocabulary for every request; for a small
model that takes longer than the model. Here a question is rendered once and the tokenizer is called once for all
prompts. Prompts of one state differ only after it, so what they begin with alike has to be computed only once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transformers.decision import DecisionConfig, label_token_ids, parse_questions
from transformers.decision.template_utils import DECISION_PROMPT, Question
from transformers.utils.chat_template_utils import _compile_jinja_template

from selfsown.judge.prompt import form_digest
from selfsown_train.model import ChatModel

Ids = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as every state is asked it: the text that follows the state, and the token ids of its options."""

    question: Question
    text: str
    labels: Ids


@dataclass(frozen=True, slots=True)
class Prompts:
    """All prompts about one state: `state` is what they begin with alike, `endings` what is left of each."""

    state: Ids
    endings: tuple[Ids, ...]
    asked: tuple[Asked, ...]

    @property
    def longest(self) -> int:
        """The tokens of the longest prompt."""
        return len(self.state) + max(map(len, self.endings))


def prompt_digest() -> str:
    """Twelve hex digits over the form of the prompts: ours of the state and the questions, and that of transformers."""
    return hashlib.sha256(f"{form_digest()}\n{DECISION_PROMPT}".encode()).hexdigest()[:12]


def render_prompts(chat: ChatModel, requests: Sequence[Mapping[str, Any]]) -> list[Prompts]:
    """One Prompts per request {"state": text, "questions": {name: question}}, in order.

    Raises ValueError on a question that is none, or whose options are not single tokens for this model.
    """
    known = {id(entry["questions"]): entry["questions"] for entry in requests}
    read = {key: _read(chat, questions) for key, questions in known.items()}
    asked = [read[id(entry["questions"])] for entry in requests]
    texts = [entry["state"] + one.text for entry, asking in zip(requests, asked, strict=True) for one in asking]
    encoded = iter(_encode(chat, texts))
    return [_split([next(encoded) for _ in asking], asking) for asking in asked]


def shared_start(sequences: Sequence[Ids]) -> int:
    """How many tokens all of them begin with alike; at least one token of each is left over."""
    first, last = min(sequences), max(sequences)
    most = min(len(one) for one in sequences) - 1
    return next((at for at in range(most) if first[at] != last[at]), most)


def _read(chat: ChatModel, questions: dict[str, Any]) -> tuple[Asked, ...]:
    template = _compile_jinja_template(DECISION_PROMPT)
    return tuple(
        Asked(
            question,
            template.render(state="", question=question),
            tuple(label_token_ids(chat.tokenizer, tuple(question.labels))),
        )
        for question in parse_questions(questions, DecisionConfig())
    )


def _encode(chat: ChatModel, texts: list[str]) -> list[Ids]:
    if not texts:
        return []
    rendered = chat.tokenizer.apply_chat_template(
        [[{"role": "user", "content": text}] for text in texts],
        add_generation_prompt=True,
        sanitize_control_tokens=True,
        enable_thinking=False,
        return_dict=True,
    )
    return [tuple(ids) for ids in rendered["input_ids"]]


def _split(prompts: list[Ids], asked: tuple[Asked, ...]) -> Prompts:
    shared = shared_start(prompts)
    return Prompts(prompts[0][:shared], tuple(ids[shared:] for ids in prompts), asked)
