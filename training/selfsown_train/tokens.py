"""Conversations as token ids and labels: one place that says where the assistant speaks, for training and measuring alike.

Found by rendering the conversation up to each assistant turn, so it holds for any chat template, with or without
generation markers. Control tokens that a text spells out are encoded as text: nobody forges a turn.
"""

from __future__ import annotations

from dataclasses import dataclass

from selfsown.conversation import Turn
from selfsown_train.model import ChatModel

IGNORED = -100


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids and labels of one length; a label is the id where the loss counts, else IGNORED."""

    ids: list[int]
    labels: list[int]

    @property
    def has_labels(self) -> bool:
        """Whether anything in it counts; the first token is never predicted."""
        return any(label != IGNORED for label in self.labels[1:])


def encode(chat: ChatModel, turns: tuple[Turn, ...], window: int, *, only_answers: bool = True) -> Encoded:
    """A conversation cut to `window` tokens, labelled where the assistant speaks (its end mark too), or everywhere.

    A turn that the template renders otherwise once something follows it (some drop earlier thoughts) has no labels.
    """
    messages = [turn.to_json() for turn in turns]
    ids = render(chat, messages, prompt=False)
    if not only_answers:
        return Encoded(ids[:window], ids[:window])
    labels = [IGNORED] * len(ids)
    for index, turn in enumerate(turns):
        if turn.role == "assistant":
            before = render(chat, messages[:index], prompt=True)
            after = render(chat, messages[: index + 1], prompt=False)
            if ids[: len(after)] == after and after[: len(before)] == before:
                labels[len(before) : len(after)] = after[len(before) :]
    return Encoded(ids[:window], labels[:window])


def render(chat: ChatModel, messages: list[dict[str, str]], *, prompt: bool) -> list[int]:
    """The token ids of messages in the model's chat template; with `prompt`, up to where the assistant would speak."""
    rendered = chat.tokenizer.apply_chat_template(
        messages, add_generation_prompt=prompt, return_dict=True, sanitize_control_tokens=True
    )
    return list(rendered["input_ids"])
