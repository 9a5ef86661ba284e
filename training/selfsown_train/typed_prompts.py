"""The token ids of typed decisions: those of `transformers.pipeline("decision")`, for many requests in one call.

The pipeline renders and encodes one question at a time and lists the whole vocabulary for every request; for a small
model that takes longer than the model. Here a question is rendered once and the tokenizer is called once for all
prompts. Prompts of one state differ only after it, so what they begin with alike has to be computed only once.

Where a token always ends where the state ends, the first question's prompt says how the others are encoded: the tokens
before that place do not depend on what follows, nor those after it on what precedes. It does where the state ends with
a letter or digit of ASCII, as ours do, and no token of the vocabulary holds one in front of a line break.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
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
    if not (
        all(re.search("[0-9A-Za-z]$", entry["state"]) for entry in requests) and _ends_before_lines(chat.tokenizer)
    ):
        return _encode_all(chat, [(entry["state"], asking) for entry, asking in zip(requests, asked, strict=True)])
    first = {id(entry["questions"]): entry for entry in requests}
    samples = _encode_all(chat, [(entry["state"], read[key]) for key, entry in first.items()])
    endings = {key: sample.endings for key, sample in zip(first, samples, strict=True)}
    whole = _encode(chat, [entry["state"] + asking[0].text for entry, asking in zip(requests, asked, strict=True)])
    return [
        Prompts(ids[: len(ids) - len(found[0])], found, asking)
        for ids, asking, found in zip(
            whole, asked, (endings[id(entry["questions"])] for entry in requests), strict=True
        )
    ]


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


@lru_cache(maxsize=2)
def _ends_before_lines(tokenizer: Any) -> bool:
    """Whether no token goes on over a line break: as it is written, or as byte-level vocabularies write it."""
    return not any(re.search("[0-9A-Za-z][\\n\u010a]", token) for token in tokenizer.get_vocab())


def _encode_all(chat: ChatModel, pairs: Sequence[tuple[str, tuple[Asked, ...]]]) -> list[Prompts]:
    """Every prompt by itself."""
    encoded = iter(_encode(chat, [state + one.text for state, asking in pairs for one in asking]))
    return [_split([next(encoded) for _ in asking], asking) for _, asking in pairs]


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
