"""The engine answers many at once as the model answers one, and nobody's failure is another's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

from selfsown.conversation import Turn
from selfsown.judgement import Criterion, Rubric
from selfsown.serving.talker import Draw
from selfsown_train.drawing import REPETITION_PENALTY
from selfsown_train.engine import Engine
from selfsown_train.generation import end_tokens
from selfsown_train.model import ChatModel
from selfsown_train.tiny_base import build_tokenizer
from selfsown_train.tokens import render

TEXT = "the garden needs water and light so we ask what grows when it rains tomatoes beans or mint"
SAID = TEXT.split()
PROMPTS = [
    (Turn("user", " ".join(SAID[:3])),),
    (Turn("system", "Be kind."), Turn("user", " ".join(SAID[2:9]))),
    (Turn("user", "what"), Turn("assistant", " ".join(SAID)), Turn("user", " ".join(SAID[::-1]))),
    (Turn("user", " ".join(SAID * 6)),),
    (Turn("user", "mint?"),),
    (Turn("user", "ééé 日本 " + " ".join(SAID[4:12])),),
]
LLAMA = {
    "hidden_size": 32,
    "num_key_value_heads": 2,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 512,
}
KINDS: dict[str, dict[str, Any]] = {
    "llama": LLAMA,
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512},
    "qwen3": LLAMA,
    "mistral": {**LLAMA, "sliding_window": 24},
    "mamba": {"hidden_size": 32, "num_hidden_layers": 2},
    "lfm2": {**LLAMA, "layer_types": ["conv", "full_attention"]},
}
RUBRIC = Rubric(1, "Rate this.", (Criterion("fine", "Is it fine?"), Criterion("fair", "Is it fair?")))


@cache
def talker(kind: str) -> ChatModel:
    """A model with random weights, larger than usual so that it answers every prompt otherwise; the llama has adapters."""
    tokenizer = build_tokenizer([TEXT] * 20, 400)
    torch.manual_seed(3)
    ends = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id, "bos_token_id": None}
    config = AutoConfig.for_model(kind, vocab_size=len(tokenizer), initializer_range=0.3, **KINDS[kind], **ends)
    model: Any = AutoModelForCausalLM.from_config(config)
    if kind == "llama":
        lora = LoraConfig(target_modules="all-linear", init_lora_weights=False)
        model = get_peft_model(model, lora)
        model.add_adapter("judge", lora)
        model.set_adapter("default", inference_mode=True)
    return ChatModel(model.eval(), tokenizer)


@torch.inference_mode()
def alone(chat: ChatModel, turns: tuple[Turn, ...], tokens: int) -> str:
    """What `generate` says to one prompt."""
    ids = torch.tensor([render(chat, [turn.to_json() for turn in turns], prompt=True)])
    ends = {"pad_token_id": chat.tokenizer.pad_token_id, "eos_token_id": end_tokens(chat)}
    output = chat.model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=tokens,
        do_sample=False,
        repetition_penalty=REPETITION_PENALTY,
        **ends,
    )
    return str(chat.tokenizer.decode(output[0, ids.shape[1] :], skip_special_tokens=True)).strip()


def say(engine: Engine, turns: tuple[Turn, ...], tokens: int = 12, **draw: Any) -> str:
    return "".join(engine.reply(turns, Draw(most_tokens=tokens, **draw)))


@pytest.fixture
def chat() -> ChatModel:
    return talker("llama")


@pytest.fixture
def engine(chat: ChatModel) -> Iterator[Engine]:
    made = Engine(chat, "small", RUBRIC)
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["llama", "gpt2", "qwen3", "mistral", "lfm2"])
def test_answers_are_those_of_generate_whoever_else_is_answered(kind: str) -> None:
    chat = talker(kind)
    lengths = [30, 7, 1, 24, 40, 12]
    wanted = [alone(chat, turns, most) for turns, most in zip(PROMPTS, lengths, strict=True)]
    engine = Engine(chat, "small", RUBRIC)
    engine._piece = 40  # so that the long prompts are read in pieces
    try:
        with ThreadPoolExecutor(18) as people:

            def ask(number: int) -> str:
                time.sleep(0.003 * (number % 7))
                return say(engine, PROMPTS[number % 6], lengths[number % 6])

            assert list(people.map(ask, range(36))) == wanted * 6
    finally:
        engine.close()
    assert len(set(wanted)) == len(wanted)
