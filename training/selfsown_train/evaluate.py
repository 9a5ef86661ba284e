"""How well a model predicts what the assistant said: the held-out loss, per conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from selfsown.conversation import Turn
from selfsown_train.model import ChatModel
from selfsown_train.report import Report, silent
from selfsown_train.tokens import IGNORED, encode


@dataclass(frozen=True, slots=True)
class Loss:
    """The negative log-likelihood of the assistant's tokens of one conversation: `nats` in all, over `tokens` tokens."""

    nats: float
    tokens: int

    @property
    def per_token(self) -> float:
        """Nats per token."""
        return self.nats / self.tokens


def losses(
    chat: ChatModel, conversations: Sequence[tuple[Turn, ...]], report: Report = silent, stage: str = "measure"
) -> list[Loss]:
    """The loss of each conversation, one forward pass each; what is beyond the window is left out, for every model alike."""
    found = []
    for index, turns in enumerate(conversations):
        found.append(_loss(chat, turns))
        report(stage, index + 1, len(conversations))
    return found


@torch.inference_mode()
def _loss(chat: ChatModel, turns: tuple[Turn, ...]) -> Loss:
    encoded = encode(chat, turns, chat.context)
    inputs = torch.tensor([encoded.ids], device=chat.model.device)
    logits = chat.model(input_ids=inputs, use_cache=False).logits[0, :-1].float().cpu()
    targets = torch.tensor(encoded.labels[1:])
    nats = torch.nn.functional.cross_entropy(logits, targets, ignore_index=IGNORED, reduction="sum")
    return Loss(float(nats), max(1, int((targets != IGNORED).sum())))
