"""The server that bench_serving.py measures, and then, with the server gone, a bare `generate` on the same model.

The port is said on stdout. The first line on stdin ends the server; from then on each line of JSON is a prompt (its turns),
and one on stdout says what its answer took.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import uvicorn
from bench_serving import ROOT, Setting
from peft import LoraConfig, get_peft_model
from transformers.generation.streamers import BaseStreamer

from selfsown.conversation import Turn, read_conversation
from selfsown.corpus import Corpus
from selfsown.outbox.store import Outbox
from selfsown.rulebook import Rulebook, load_folder_rulebook
from selfsown.serving.endpoint import make_endpoint
from selfsown.serving.service import Service
from selfsown_train.drawing import REPETITION_PENALTY
from selfsown_train.engine import Engine
from selfsown_train.generation import end_tokens
from selfsown_train.model import Base, ChatModel, load_base
from selfsown_train.offline.packaged import PACKAGED
from selfsown_train.recipe import read_recipe
from selfsown_train.registry import cache_folder, locate
from selfsown_train.tiny_base import build_model, build_tokenizer
from selfsown_train.tokens import render

NAME = "bench"


def load_model(name: str) -> ChatModel:
    """A base with random adapters to chat and to rate with; the tiny one has random weights besides, in its own shape."""
    torch.manual_seed(1)
    if name == "tiny":
        shards = sorted((ROOT / "corpus" / "original").rglob("*.jsonl"))
        records = [json.loads(line) for path in shards for line in path.read_text().splitlines()]
        texts = [turn.content for record in records for turn in read_conversation(record).turns]
        shape = read_recipe(ROOT / "training/recipes/tiny.toml").base
        tokenizer = build_tokenizer(texts, shape.vocabulary)
        chat = ChatModel(build_model(shape, tokenizer), tokenizer)
    else:
        chat = load_base(
            locate(Base(name, "", ""), cache_folder()) if name.startswith(PACKAGED) else Base(name, "", "")
        )
    lora = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", init_lora_weights=name != "tiny")
    model: Any = get_peft_model(chat.model, lora)
    model.add_adapter("judge", lora)
    model.set_adapter("default", inference_mode=True)
    return ChatModel(model.eval(), chat.tokenizer)


def generous(rulebook: Rulebook) -> Rulebook:
    """Rules under which everything is kept: what is counted is whether it is there."""
    chat = replace(
        rulebook.policy.chat, submit_score=0.0, cut_answers=True, person_day=1_000_000, address_day=1_000_000
    )
    return replace(rulebook, policy=replace(rulebook.policy, chat=chat))


def serve(setting: Setting, chat: ChatModel) -> None:
    """Serve until the next line of stdin."""
    rulebook = generous(load_folder_rulebook(ROOT))
    engine = Engine(chat, NAME, rulebook.rubric)
    with Outbox(Path(setting.folder) / "outbox.db") as outbox, socket.create_server(("127.0.0.1", 0)) as door:
        service = Service(engine, outbox, rulebook, Corpus(), None, source="chat", license="CC0-1.0")
        server = uvicorn.Server(uvicorn.Config(make_endpoint(service), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        print(door.getsockname()[1], flush=True)
        sys.stdin.readline()
        server.should_exit = True
        thread.join()
        service.close()
        engine.close()


class _Clock(BaseStreamer):  # type: ignore[misc]
    """When the first token came, and how many came."""

    def __init__(self) -> None:
        self.first, self.tokens = 0.0, -1  # the prompt comes first

    def put(self, _: Any) -> None:
        self.tokens += 1
        if self.tokens == 1:
            self.first = time.monotonic()

    def end(self) -> None:
        pass


def answer_bare(chat: ChatModel, turns: tuple[Turn, ...], tokens: int) -> dict[str, Any]:
    """An answer by `generate` alone, and what it took."""
    begun = time.monotonic()
    ids = torch.tensor([render(chat, [turn.to_json() for turn in turns], prompt=True)])
    clock = _Clock()
    with torch.inference_mode():
        output = chat.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=tokens,
            do_sample=False,
            repetition_penalty=REPETITION_PENALTY,
            pad_token_id=chat.tokenizer.pad_token_id,
            eos_token_id=end_tokens(chat),
            streamer=clock,
        )
    text = str(chat.tokenizer.decode(output[0, ids.shape[1] :], skip_special_tokens=True)).strip()
    ended = time.monotonic()
    return {"text": text, "first": clock.first - begun, "last": ended - clock.first, "tokens": clock.tokens}


if __name__ == "__main__":
    given, tokens = Setting(**json.loads(sys.argv[1])), int(sys.argv[2])
    torch.set_num_threads(given.threads)
    model = load_model(given.model)
    serve(given, model)
    print("gone", flush=True)
    for line in sys.stdin:
        print(json.dumps(answer_bare(model, tuple(Turn(**turn) for turn in json.loads(line)), tokens)), flush=True)
