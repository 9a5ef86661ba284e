"""The plainest way to get an answer from a model: `generate`, one prompt alone. What ours has to equal."""

from __future__ import annotations

import torch

from selfsown.conversation import Turn
from selfsown_train.drawing import REPETITION_PENALTY
from selfsown_train.generation import end_tokens
from selfsown_train.model import ChatModel
from selfsown_train.tokens import render


@torch.inference_mode()
def bare_ids(chat: ChatModel, turns: tuple[Turn, ...], tokens: int) -> list[int]:
    """The likeliest tokens."""
    ids = torch.tensor([render(chat, [turn.to_json() for turn in turns], prompt=True)])
    output = chat.model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=tokens,
        do_sample=False,
        repetition_penalty=REPETITION_PENALTY,
        pad_token_id=chat.tokenizer.pad_token_id,
        eos_token_id=end_tokens(chat),
    )
    return [int(token) for token in output[0, ids.shape[1] :]]


def bare_answer(chat: ChatModel, turns: tuple[Turn, ...], tokens: int) -> str:
    """The text of that."""
    return str(chat.tokenizer.decode(bare_ids(chat, turns, tokens), skip_special_tokens=True)).strip()
