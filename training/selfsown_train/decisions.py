"""Typed decisions by any causal language model: the next-token logits of the option labels, one forward pass a prompt.

The prompts are those of `transformers.pipeline("decision")` (its `DecisionConfig`), so that its answers and ours are the
same; the pipeline runs one prompt at a time, here they run in padded batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers.decision import DecisionConfig, label_token_ids

from selfsown_train.model import ChatModel

_BATCH_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question about one state: token ids, where the answer is read, and the question itself."""

    request: int
    ids: tuple[int, ...]
    question: Any


def decide(chat: ChatModel, requests: Sequence[dict[str, Any]]) -> list[dict[str, dict[str, Any]] | int]:
    """The answers to each request by question name, or the length of its longest prompt where that is over the window.

    Answers have the System One form: {"type": "noul", "noul": p} or {"type": "score", "score": expected level, …}.
    """
    config = DecisionConfig()
    prompts: list[Prompt] = []
    answers: list[dict[str, dict[str, Any]] | int] = []
    for index, request in enumerate(requests):
        found = list(_prompts(config, chat, index, request))
        longest = max(len(prompt.ids) for prompt in found)
        answers.append({} if longest <= chat.context else longest)
        prompts += found if longest <= chat.context else []
    for batch in _batches(prompts):
        for prompt, probabilities in zip(batch, _answer(chat, batch), strict=True):
            table = answers[prompt.request]
            if isinstance(table, dict):
                table[prompt.question.name] = prompt.question.answer(probabilities)
    return answers


def _prompts(config: DecisionConfig, chat: ChatModel, index: int, request: dict[str, Any]) -> Iterable[Prompt]:
    for inputs, questions in config.prepare_inputs(request, chat.tokenizer):
        ids = inputs["input_ids"][0].tolist()
        yield Prompt(index, tuple(ids[: int(inputs["marks"][-1])]), questions[0])


def _batches(prompts: list[Prompt]) -> Iterable[list[Prompt]]:
    """Prompts of like length together, so that little is padding; the order is fixed, so the bits are."""
    batch: list[Prompt] = []
    for prompt in sorted(prompts, key=lambda prompt: (len(prompt.ids), prompt.request, prompt.question.name)):
        if batch and len(prompt.ids) * (len(batch) + 1) > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(prompt)
    if batch:
        yield batch


@torch.inference_mode()
def _answer(chat: ChatModel, batch: list[Prompt]) -> list[list[float]]:
    longest = max(len(prompt.ids) for prompt in batch)
    padding = int(chat.tokenizer.pad_token_id)
    ids = torch.tensor([[*prompt.ids, *[padding] * (longest - len(prompt.ids))] for prompt in batch])
    mask = torch.tensor([[1] * len(prompt.ids) + [0] * (longest - len(prompt.ids)) for prompt in batch])
    last = torch.tensor([len(prompt.ids) - 1 for prompt in batch])
    device = chat.model.device
    keep, position = torch.unique(last, return_inverse=True)
    output = chat.model(
        input_ids=ids.to(device), attention_mask=mask.to(device), use_cache=False, logits_to_keep=keep.to(device)
    )
    logits = output.logits.float().cpu()
    answers = []
    for row, prompt in enumerate(batch):
        labels = label_token_ids(chat.tokenizer, tuple(prompt.question.labels))
        answers.append(logits[row, position[row], labels].softmax(-1).tolist())
    return answers
