"""The whole way with a real model: the openai client, HTTP, the service, the engine, the outbox."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openai
import pytest
import torch
import uvicorn
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

from selfsown.conversation import Turn
from selfsown.corpus import Corpus
from selfsown.judgement import Judgement
from selfsown.outbox.entry import State
from selfsown.outbox.store import Outbox
from selfsown.rulebook import Rulebook
from selfsown.serving.endpoint import make_endpoint
from selfsown.serving.service import Service
from selfsown.serving.talker import Draw
from selfsown_train.engine import Engine
from selfsown_train.model import ChatModel
from selfsown_train.tiny_base import build_tokenizer

TEXT = "the garden needs water and light so we ask what grows when it rains tomatoes beans or mint"
AGREED = {"X-Selfsown-Consent": "publish, train"}


def make_chat() -> ChatModel:
    """A model with random weights and both adapters."""
    tokenizer = build_tokenizer([TEXT] * 20, 400)
    torch.manual_seed(3)
    ends = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id, "bos_token_id": None}
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1}
    config = AutoConfig.for_model(
        "llama",
        vocab_size=len(tokenizer),
        initializer_range=0.3,
        intermediate_size=32,
        max_position_embeddings=2048,
        **sizes,
        **ends,
    )
    lora = LoraConfig(target_modules="all-linear", init_lora_weights=False)
    model: Any = get_peft_model(AutoModelForCausalLM.from_config(config), lora)
    model.add_adapter("judge", lora)
    model.set_adapter("default", inference_mode=True)
    return ChatModel(model.eval(), tokenizer)


@dataclass
class Served:
    engine: Engine
    service: Service
    outbox: Outbox
    client: openai.OpenAI


@pytest.fixture
def served(tmp_path: Path, rulebook: Rulebook) -> Iterator[Served]:
    chat = make_chat()
    rules = replace(
        rulebook,
        policy=replace(rulebook.policy, chat=replace(rulebook.policy.chat, submit_score=0.0, cut_answers=True)),
    )
    engine = Engine(chat, "selfsown-round-0001", rulebook.rubric)
    with Outbox(tmp_path / "outbox.db") as outbox, socket.create_server(("127.0.0.1", 0)) as door:
        service = Service(engine, outbox, rules, Corpus(), None, source="chat", license="CC0-1.0")
        config = uvicorn.Config(make_endpoint(service), log_level="warning", access_log=False, ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([door],))
        thread.start()
        url = f"http://127.0.0.1:{door.getsockname()[1]}/v1"
        with openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=60) as client:
            yield Served(engine, service, outbox, client)
        server.should_exit = True
        thread.join(timeout=20)
        service.close()
        engine.close()


def talk(client: openai.OpenAI, *questions: str) -> tuple[list[dict[str, str]], Any]:
    messages: list[dict[str, str]] = []
    told = None
    for question in questions:
        messages.append({"role": "user", "content": question})
        asked: Any = {"model": "selfsown", "messages": messages, "max_tokens": 8, "extra_headers": AGREED}
        parts = list(client.chat.completions.create(stream=True, **asked))
        text = "".join(part.choices[0].delta.content or "" for part in parts)
        told = parts[-1].model_extra
        messages.append({"role": "assistant", "content": text})
    return messages, told


def test_two_clients_hear_what_the_model_says_alone_and_their_conversations_are_rated(served):
    questions = (["what grows?", "when it rains"], ["water and light", "so we ask"])
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda asked: talk(served.client, *asked), questions))
    for messages, told in said:
        for end in (1, 3):
            turns = tuple(Turn(message["role"], message["content"].strip()) for message in messages[:end])
            alone = "".join(served.engine.reply(turns, Draw(most_tokens=8)))
            assert alone.strip() == messages[end]["content"].strip() != ""
        assert told["selfsown"]["kept"]
    kept = served.outbox.find(State.DRAFT)
    assert len(kept) == 2
    for entry in kept:
        ending = served.service.end_by_code(served.outbox.code(entry.key))
        assert isinstance(ending.rating.own, Judgement)
        assert ending.is_final
        assert ending.rating.own.judge != ending.rating.features.judge
    assert served.outbox.find(State.DRAFT) == []
