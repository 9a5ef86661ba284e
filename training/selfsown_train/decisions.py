"""Typed decisions by any causal language model: the next-token logits of the option labels, no text generated.

The prompts are those of `transformers.pipeline("decision")` (its `DecisionConfig`), so that its answers and ours are the
same; the pipeline runs one prompt at a time. Here what all prompts begin with alike is computed once and kept, for one
batch or for all that are to come, and all questions about a state run in one row of one pass behind it (`packing`).
Models not known to be exact in that form run one row a prompt, padded.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache

from selfsown_train.buckets import decide_buckets
from selfsown_train.model import ChatModel
from selfsown_train.packing import pack
from selfsown_train.typed_prompts import Asked, Ids, Prompts, render_prompts, shared_start

# Attention of every token to all before it and positions that can be given: a test holds each to the plain form.
PACKABLE = ("gpt2", "granite", "llama", "mistral", "olmo2", "qwen2", "qwen3", "smollm3")
_ATTENTION = ("eager", "sdpa")

_TOKENS = {"cpu": 1_024}  # of one pass: beyond that a CPU gains nothing and its caches overflow
_TOKENS_ELSEWHERE = 32_768
_LONG = 512  # a longer state is computed alone and in pieces: less of the mask is computed in vain, and it stays small
_PIECE = 512

Answers = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Beginning:
    """Token ids that prompts begin with, and what the model keeps of them; None of no tokens."""

    ids: Ids
    memory: DynamicCache | None


@torch.inference_mode()
def read_beginning(chat: ChatModel, requests: Sequence[dict[str, Any]]) -> Beginning | None:
    """What the states of these requests begin with alike, for `decide`; None where the model cannot share."""
    return _begin(chat, [entry.state for entry in render_prompts(chat, requests)]) if can_share(chat) else None


def decide(
    chat: ChatModel, requests: Sequence[dict[str, Any]], *, share: bool = True, beginning: Beginning | None = None
) -> list[Answers | int]:
    """The answers to each request by question name, or the length of its longest prompt where that is over the window.

    Answers have the System One form: {"type": "noul", "noul": p} or {"type": "score", "score": expected level, …}.
    `share=False` computes every prompt from its first token, as models do that cannot share. A `beginning` that all
    prompts have is not computed again.
    """
    prompts = render_prompts(chat, requests)
    fitting = [number for number, entry in enumerate(prompts) if entry.longest <= chat.context]
    found = _answer(chat, [prompts[number] for number in fitting], share and can_share(chat), beginning)
    answers: list[Answers | int] = [entry.longest for entry in prompts]
    for number, answer in zip(fitting, found, strict=True):
        answers[number] = answer
    return answers


def can_share(chat: ChatModel) -> bool:
    """Whether the model is known to give the same answers from packed rows."""
    config = chat.model.config
    is_full = getattr(config, "sliding_window", None) is None or not getattr(config, "use_sliding_window", True)
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    attention = getattr(config, "_attn_implementation", None)
    return config.model_type in PACKABLE and is_full and kinds == {"full_attention"} and attention in _ATTENTION


@torch.inference_mode()
def _answer(chat: ChatModel, prompts: list[Prompts], share: bool, beginning: Beginning | None) -> list[Answers]:
    answers: list[Answers] = [{} for _ in prompts]
    plan = _answer_shared(chat, prompts, beginning) if share else _answer_plain(chat, prompts)
    for number, asked, logits in plan:
        probabilities = logits[list(asked.labels)].float().softmax(-1).tolist()
        answers[number][asked.question.name] = asked.question.answer(probabilities)
    return answers


def _answer_shared(
    chat: ChatModel, prompts: list[Prompts], kept: Beginning | None
) -> Iterable[tuple[int, Asked, torch.Tensor]]:
    """(number of the prompts, question, logits over the vocabulary), from rows of all endings of a state."""
    by_form: dict[int, list[int]] = {}
    for number, entry in enumerate(prompts):
        by_form.setdefault(len(entry.endings), []).append(number)
    for numbers in by_form.values():
        states = [prompts[number].state for number in numbers]
        beginning = kept if kept and all(_follows(state, kept) for state in states) else _begin(chat, states)
        for group in decide_buckets(numbers, lambda number: _row_ids(prompts[number]), _most_tokens(chat)):
            logits = _run_rows(chat, [prompts[number] for number in group], beginning)
            for number, row in zip(group, logits, strict=True):
                yield from ((number, asked, one) for asked, one in zip(prompts[number].asked, row, strict=True))


def _row_ids(prompts: Prompts) -> Ids:
    return tuple(token for part in (prompts.state, *prompts.endings) for token in part)


def _begin(chat: ChatModel, states: list[Ids]) -> Beginning:
    ids = states[0][: shared_start(states)] if len(states) > 1 else ()
    return Beginning(ids, _extend(chat, ids, None))


def _follows(state: Ids, beginning: Beginning) -> bool:
    return len(state) > len(beginning.ids) and state[: len(beginning.ids)] == beginning.ids


def _run_rows(chat: ChatModel, prompts: list[Prompts], beginning: Beginning) -> torch.Tensor:
    """Logits (rows, endings, vocabulary)."""
    start, memory = len(beginning.ids), beginning.memory
    if len(prompts) == 1 and len(prompts[0].state) - start > _LONG:
        memory = _extend(chat, prompts[0].state[start:], copy.deepcopy(memory))
        start = len(prompts[0].state)
    elif memory is not None:
        memory = copy.deepcopy(memory)
        memory.batch_repeat_interleave(len(prompts))
    packed = pack([(entry.state[start:], *entry.endings) for entry in prompts], start)
    model, device = chat.model, chat.model.device
    unseen = torch.zeros_like(packed.seen, dtype=model.dtype).masked_fill_(~packed.seen, torch.finfo(model.dtype).min)
    output = model(
        input_ids=packed.ids.to(device),
        position_ids=packed.positions.to(device),
        attention_mask=unseen.to(device),
        past_key_values=memory,
        use_cache=memory is not None,
        logits_to_keep=packed.ends.to(device),
    )
    logits: torch.Tensor = output.logits.cpu()
    return logits


def _extend(chat: ChatModel, ids: Ids, memory: DynamicCache | None) -> DynamicCache | None:
    """What the model keeps of these tokens behind those it keeps already; None of nothing."""
    if not ids:
        return memory
    memory = memory or DynamicCache(config=chat.model.config)
    for at in range(0, len(ids), _PIECE):
        piece = torch.tensor([ids[at : at + _PIECE]], device=chat.model.device)
        chat.model(input_ids=piece, past_key_values=memory, use_cache=True, logits_to_keep=1)
    return memory


def _answer_plain(chat: ChatModel, prompts: list[Prompts]) -> Iterable[tuple[int, Asked, torch.Tensor]]:
    """The same from one row a prompt, padded at the end."""
    rows = [
        (number, asked, (*entry.state, *ending))
        for number, entry in enumerate(prompts)
        for asked, ending in zip(entry.asked, entry.endings, strict=True)
    ]
    padding, device = int(chat.tokenizer.pad_token_id), chat.model.device
    for group in decide_buckets(rows, lambda row: row[2], _most_tokens(chat)):
        longest = max(len(ids) for _, _, ids in group)
        ids = torch.tensor([[*ids, *[padding] * (longest - len(ids))] for _, _, ids in group])
        mask = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for _, _, ids in group])
        keep, at = torch.unique(torch.tensor([len(ids) - 1 for _, _, ids in group]), return_inverse=True)
        output = chat.model(
            input_ids=ids.to(device), attention_mask=mask.to(device), use_cache=False, logits_to_keep=keep.to(device)
        )
        logits = output.logits.cpu()
        yield from ((number, asked, logits[row, at[row]]) for row, (number, asked, _) in enumerate(group))


def _most_tokens(chat: ChatModel) -> int:
    return _TOKENS.get(chat.model.device.type, _TOKENS_ELSEWHERE)
