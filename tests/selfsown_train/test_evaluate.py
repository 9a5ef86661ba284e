from __future__ import annotations

from typing import Any

import pytest
import torch

from selfsown.conversation import Turn
from selfsown_train.corpus import RoundData
from selfsown_train.evaluate import losses
from selfsown_train.model import ChatModel
from selfsown_train.rounds import Workshop
from selfsown_train.tokens import IGNORED, encode


@pytest.fixture(scope="module")
def chat(workshop: Workshop, trained: Any) -> ChatModel:
    return workshop.registry.load(trained)


def test_labels_cover_what_the_assistant_says_and_nothing_else(chat: ChatModel, data: RoundData) -> None:
    for conversation in data.held_out:
        encoded = encode(chat, conversation.turns, chat.context)
        ids, labels = encoded.ids, encoded.labels
        said = [token for token in labels if token != IGNORED]
        answers = [turn.content for turn in conversation.turns if turn.role == "assistant"]
        mark = "<|im_end|>"
        expected = "".join(f"{answer}{mark}" for answer in answers)
        assert chat.tokenizer.decode(said).replace(f"{mark}\n", mark) == expected
        assert len(ids) == len(labels)


def test_labels_equal_the_template_s_own_generation_marks(chat: ChatModel, data: RoundData) -> None:
    for conversation in data.held_out[:10]:
        messages = [turn.to_json() for turn in conversation.turns]
        mask = chat.tokenizer.apply_chat_template(messages, return_assistant_tokens_mask=True, return_dict=True)
        encoded = encode(chat, conversation.turns, chat.context)
        ids, labels = encoded.ids, encoded.labels
        assert ids == mask["input_ids"]
        marked = [index for index, keep in enumerate(mask["assistant_masks"]) if keep]
        ours = [index for index, label in enumerate(labels) if label != IGNORED]
        newline = [index for index in ours if index not in marked]
        assert [index for index in ours if index in marked] == marked
        assert all(chat.tokenizer.decode([ids[index]]) == "\n" for index in newline)


def test_the_loss_is_the_model_s_own_negative_log_likelihood(chat: ChatModel) -> None:
    turns = (Turn("user", "hello"), Turn("assistant", "hi there"))
    encoded = encode(chat, turns, chat.context)
    ids, labels = encoded.ids, encoded.labels
    with torch.inference_mode():
        expected = chat.model(input_ids=torch.tensor([ids]), labels=torch.tensor([labels])).loss
    found = losses(chat, [turns])[0]
    assert found.per_token == pytest.approx(float(expected), rel=1e-5)
    assert found.tokens == sum(label != IGNORED for label in labels)


def test_what_is_beyond_the_window_is_left_out(chat: ChatModel) -> None:
    turns = (Turn("user", "hello"), Turn("assistant", "word " * 3000))
    encoded = encode(chat, turns, chat.context)
    ids, labels = encoded.ids, encoded.labels
    assert len(ids) == len(labels) == chat.context
    assert losses(chat, [turns])[0].tokens < chat.context
