"""How well a model predicts what the assistant said: the held-out loss, per conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from selfsown.conversation import Turn
from selfsown_train.model import ChatModel
from selfsown_train.report import Report, silent
from selfsown_train.trainer import IGNORED


@dataclass(frozen=True, slots=True)
class Loss:
    """The negative log-likelihood of the assistant's tokens of one conversation: `nats` in all, over `tokens` tokens."""

    nats: float
    tokens: int

    @property
    def per_token(self) -> float:
        """Nats per token."""
        return self.nats / self.tokens


def losses(chat: ChatModel, conversations: Sequence[tuple[Turn, ...]], report: Report = silent) -> list[Loss]:
    """The loss of each conversation, one forward pass each; what is beyond the window is left out, for every model alike."""
    found = []
    for index, turns in enumerate(conversations):
        found.append(_loss(chat, turns))
        report("measure", index + 1, len(conversations))
    return found


@torch.inference_mode()
def _loss(chat: ChatModel, turns: tuple[Turn, ...]) -> Loss:
    ids, labels = encode(chat, turns)
    inputs = torch.tensor([ids], device=chat.model.device)
    logits = chat.model(input_ids=inputs, use_cache=False).logits[0, :-1].float().cpu()
    targets = torch.tensor(labels[1:])
    nats = torch.nn.functional.cross_entropy(logits, targets, ignore_index=IGNORED, reduction="sum")
    return Loss(float(nats), max(1, int((targets != IGNORED).sum())))


def encode(chat: ChatModel, turns: tuple[Turn, ...]) -> tuple[list[int], list[int]]:
    """(token ids, labels) cut to the window; a label is the id where the assistant speaks (its end mark too), else -100.

    Found by rendering the conversation up to each assistant turn, so it holds for templates without generation markers.
    """
    messages = [turn.to_json() for turn in turns]
    ids = _render(chat, messages, prompt=False)
    labels = [IGNORED] * len(ids)
    for index, turn in enumerate(turns):
        if turn.role == "assistant":
            start = len(_render(chat, messages[:index], prompt=True))
            end = len(_render(chat, messages[: index + 1], prompt=False))
            labels[start:end] = ids[start:end]
    return ids[: chat.context], labels[: chat.context]


def _render(chat: ChatModel, messages: list[dict[str, str]], prompt: bool) -> list[int]:
    rendered = chat.tokenizer.apply_chat_template(
        messages, add_generation_prompt=prompt, return_dict=True, sanitize_control_tokens=True
    )
    return list(rendered["input_ids"])
