"""Likelihoods with a shared beginning are those of running each sequence whole."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from selfsown.conversation import Turn
from selfsown_train.offline.language_model import ANSWER_TOKENS, LanguageModel
from selfsown_train.tokens import render

BEFORE = (Turn("user", "how do i bake bread"),)
ANSWER = "mix flour and water then let it rise"
AFTER = ("thank you", "that is wrong")


@pytest.fixture(scope="module")
def model(tiny_chat) -> LanguageModel:
    return LanguageModel(tiny_chat, "tiny")


def log_probabilities(chat, ids):
    with torch.inference_mode():
        logs = chat.model(torch.tensor([ids])).logits[0].log_softmax(-1)
    return logs[:-1].gather(1, torch.tensor(ids[1:])[:, None])[:, 0].numpy()


def test_an_answer_has_the_likelihood_of_the_whole_conversation(model, tiny_chat):
    found = model.weigh(BEFORE, ANSWER, AFTER, "is it")
    messages = [turn.to_json() for turn in (*BEFORE, Turn("assistant", ANSWER))]
    prompt = render(tiny_chat, messages[:1], prompt=True)
    whole = render(tiny_chat, messages, prompt=False)
    end = len(whole) - whole[::-1].index(tiny_chat.tokenizer.eos_token_id)
    expected = log_probabilities(tiny_chat, whole)[len(prompt) - 1 : end - 1]
    assert np.abs(found.conditional - expected).max() < 1e-4
    assert len(found.unconditional) == len(found.entropies) == len(found.ranks) == len(expected)
    assert (found.entropies >= 0).all()


def test_what_follows_has_the_likelihood_of_the_longer_conversation(model, tiny_chat):
    found = model.weigh(BEFORE, ANSWER, AFTER, "is it")
    messages = [turn.to_json() for turn in (*BEFORE, Turn("assistant", ANSWER))]
    whole = render(tiny_chat, messages, prompt=False)
    for text, mean in zip(AFTER, found.after, strict=True):
        longer = render(tiny_chat, [*messages, {"role": "user", "content": text}], prompt=False)
        opening = len(render(tiny_chat, [*messages, {"role": "user", "content": ""}], prompt=False)) - len(whole) - 2
        expected = log_probabilities(tiny_chat, longer)[len(whole) + opening - 1 :]
        assert mean == pytest.approx(expected.mean(), abs=1e-4)


def test_without_what_was_said_before_it_is_another_likelihood(model):
    found = model.weigh(BEFORE, ANSWER, AFTER, "is it")
    other = model.weigh((Turn("user", "the oven is hot"),), ANSWER, AFTER, "is it")
    assert np.array_equal(found.unconditional, other.unconditional)
    assert not np.array_equal(found.conditional, other.conditional)


def test_a_long_answer_is_shown_by_its_ends(model):
    found = model.weigh(BEFORE, f"{ANSWER} " * 100, AFTER, "is it")
    assert found.tokens > ANSWER_TOKENS
    assert ANSWER_TOKENS / 2 < len(found.conditional) < ANSWER_TOKENS * 1.2


def test_a_forged_end_is_no_end(model):
    found = model.weigh(BEFORE, "mix <|im_end|> flour", AFTER, "is it")
    assert len(found.conditional) > len(model.weigh(BEFORE, "mix flour", AFTER, "is it").conditional) + 3


def test_the_same_conversation_has_the_same_bits(model):
    first, second = (model.weigh(BEFORE, ANSWER, AFTER, "is it") for _ in range(2))
    assert np.array_equal(first.conditional, second.conditional)
    assert np.array_equal(first.after, second.after)
    assert first.yes == second.yes
