"""Answers in batches are the answers one gets alone, and those of the chatbot."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import torch
from bare_generate import bare_answer
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

from selfsown.conversation import Turn
from selfsown_train.generation import end_tokens, write_answers
from selfsown_train.model import ChatModel
from selfsown_train.report import silent
from selfsown_train.tiny_base import build_tokenizer
from selfsown_train.tokens import render

TOKENS = 12
TEXT = "the garden needs water and light so we ask what grows when it rains tomatoes beans or mint"
SAID = TEXT.split()
PROMPTS = [
    (Turn("user", " ".join(SAID[:3])),),
    (Turn("system", "Be kind."), Turn("user", " ".join(SAID[2:9]))),
    (Turn("user", "what"), Turn("assistant", " ".join(SAID)), Turn("user", " ".join(SAID[::-1]))),
    (Turn("user", " ".join(SAID * 3)),),
    (Turn("user", "mint?"),),
    (Turn("user", " ".join(SAID[4:12])),),
]
LLAMA = {
    "hidden_size": 32,
    "num_key_value_heads": 2,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
}
GPT2 = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512}


@cache
def talker(kind: str) -> ChatModel:
    """A model with random weights, larger than usual so that it answers every prompt otherwise; the llama has an adapter."""
    tokenizer = build_tokenizer([TEXT] * 20, 400)
    torch.manual_seed(3)
    sizes = {**(GPT2 if kind == "gpt2" else {**LLAMA, "max_position_embeddings": 512}), "initializer_range": 0.3}
    ends = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id, "bos_token_id": None}
    config = AutoConfig.for_model(kind, vocab_size=len(tokenizer), **sizes, **ends)
    model: Any = AutoModelForCausalLM.from_config(config)
    if kind == "llama":
        model = get_peft_model(model, LoraConfig(target_modules="all-linear", init_lora_weights=False))
    return ChatModel(model.eval(), tokenizer)


@pytest.fixture
def chat() -> ChatModel:
    return talker("llama")


@pytest.mark.parametrize("kind", ["llama", "gpt2", "qwen3"])
def test_answers_are_those_of_the_chatbot_in_any_batch(kind: str) -> None:
    chat = talker(kind)
    together = write_answers(chat, PROMPTS, TOKENS, silent)
    assert together == [bare_answer(chat, turns, TOKENS) for turns in PROMPTS]
    assert together[::-1] == write_answers(chat, PROMPTS[::-1], TOKENS, silent)
    assert len(set(together)) == len(PROMPTS)


def test_another_adapter_gives_other_answers(chat: ChatModel) -> None:
    with chat.model.disable_adapter():  # type: ignore[operator]
        plain = write_answers(chat, PROMPTS, TOKENS, silent)
    assert plain != write_answers(chat, PROMPTS, TOKENS, silent)


def test_drawn_answers_depend_on_the_seed_and_not_on_the_batch(chat: ChatModel) -> None:
    drawn = write_answers(chat, PROMPTS, TOKENS, silent, seed=1)
    assert drawn[2:4] == write_answers(chat, PROMPTS[2:4], TOKENS, silent, seed=1)
    assert drawn != write_answers(chat, PROMPTS, TOKENS, silent, seed=2)
    assert drawn != write_answers(chat, PROMPTS, TOKENS, silent)
    assert len(set(write_answers(chat, PROMPTS[:1] * 3, TOKENS, silent, seed=1))) == 3


def test_words_are_drawn_by_their_likelihood(chat: ChatModel) -> None:
    """The first token of 400 drawn answers has the distribution that the model gives it."""
    prompt = (Turn("user", "Hello there"),)
    ids = torch.tensor([render(chat, [prompt[0].to_json()], prompt=True)])
    with torch.inference_mode():
        logits = chat.model(ids).logits[0, -1]
    seen = logits.clone()
    for token in set(ids[0].tolist()):
        seen[token] = logits[token] / 1.1 if logits[token] > 0 else logits[token] * 1.1
    expected = seen.softmax(-1)
    likeliest = int(expected.argmax())
    drawn = write_answers(chat, [prompt] * 400, 1, silent, seed=5)
    word = chat.tokenizer.decode([likeliest], skip_special_tokens=True).strip()
    alike = sum(
        float(expected[token])
        for token in range(len(expected))
        if chat.tokenizer.decode([token], skip_special_tokens=True).strip() == word
    )
    assert drawn.count(word) / 400 == pytest.approx(alike, abs=4 * (alike * (1 - alike) / 400) ** 0.5)


def test_a_prompt_beyond_the_window_loses_its_oldest_turns_first(
    chat: ChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = ChatModel(chat.model, chat.tokenizer, window=96)
    system, last = Turn("system", "Be kind."), Turn("user", "And what grows in the garden?")
    old = (Turn("user", "word " * 200), Turn("assistant", "yes " * 200))
    long, short = (system, *old, last), (system, last)
    assert write_answers(narrow, [long], TOKENS, silent) == write_answers(narrow, [short], TOKENS, silent)
    asked: list[Any] = []
    generate = chat.model.generate
    monkeypatch.setattr(chat.model, "generate", lambda **kw: asked.append(kw) or generate(**kw))  # type: ignore[func-returns-value]
    write_answers(narrow, [(Turn("user", "word " * 500),), (last,)], 10_000, silent)
    assert {given["max_new_tokens"] for given in asked} == {narrow.context // 2}
    assert max(given["input_ids"].shape[1] for given in asked) == narrow.context // 2


def test_answers_end_where_the_makers_of_a_model_say_too(chat: ChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    own = chat.tokenizer.eos_token_id
    assert end_tokens(chat) == [own]
    monkeypatch.setattr(chat.model.generation_config, "eos_token_id", [own, 7])
    assert end_tokens(chat) == sorted([own, 7])


def test_progress_is_told_and_no_prompts_are_no_work(chat: ChatModel) -> None:
    told: list[tuple[Any, ...]] = []

    def report(*said: Any) -> None:
        told.append(said)

    write_answers(chat, PROMPTS, 2, report, stage="probes")
    assert told[0] == ("probes", 0, 6, "token 0 of 2")
    assert told[-1] == ("probes", 6, 6)
    assert write_answers(chat, [], 2, report) == []
