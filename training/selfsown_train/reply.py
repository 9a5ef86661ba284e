"""What the chatbot says next, streamed word by word."""

from __future__ import annotations

from collections.abc import Callable

import torch
from transformers import TextStreamer

from selfsown.conversation import Turn
from selfsown.errors import SelfsownError
from selfsown_train.drawing import REPETITION_PENALTY
from selfsown_train.generation import end_tokens
from selfsown_train.model import ChatModel


class _Streamer(TextStreamer):  # type: ignore[misc]
    """Hands finished words to a function instead of printing them."""

    def __init__(self, chat: ChatModel, say: Callable[[str], None]) -> None:
        super().__init__(chat.tokenizer, skip_prompt=True, skip_special_tokens=True)
        self._say = say

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        """Some words are ready."""
        if text:
            self._say(text)


@torch.inference_mode()
def reply(chat: ChatModel, turns: tuple[Turn, ...], most_tokens: int, say: Callable[[str], None]) -> str:
    """The assistant's next turn, the likeliest words (greedy). Raises SelfsownError where the window is full."""
    inputs = chat.tokenizer.apply_chat_template(
        [turn.to_json() for turn in turns],
        add_generation_prompt=True,
        return_dict=True,
        return_tensors="pt",
        sanitize_control_tokens=True,
    ).to(chat.model.device)
    length = inputs["input_ids"].shape[1]
    room = chat.context - length
    if room < 1:
        raise SelfsownError(
            f"the conversation has {length} tokens, more than the model's window of {chat.context}",
            "end the chat and start a new one",
        )
    output = chat.model.generate(
        **inputs,
        max_new_tokens=min(most_tokens, room),
        do_sample=False,
        repetition_penalty=REPETITION_PENALTY,
        pad_token_id=chat.tokenizer.pad_token_id,
        eos_token_id=end_tokens(chat),
        streamer=_Streamer(chat, say),
    )
    return str(chat.tokenizer.decode(output[0, length:], skip_special_tokens=True)).strip()
