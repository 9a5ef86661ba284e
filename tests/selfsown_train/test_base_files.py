from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from selfsown.errors import SelfsownError
from selfsown_train import model, registry
from selfsown_train.base_files import commit_of, hash_base_files, locate_base
from selfsown_train.model import Base, ChatModel, load_base, model_digest
from selfsown_train.recipe import Recipe
from selfsown_train.registry import pin_base
from selfsown_train.tiny_base import build_model, build_tokenizer


@pytest.fixture(scope="module")
def built(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a base of random weights."""
    folder = tmp_path_factory.mktemp("base") / "tiny"
    torch.manual_seed(1)
    tokenizer = build_tokenizer(["what is a base? a model."], 300)
    small = replace(recipe.base, vocabulary=300, layers=1, hidden_size=16)
    build_model(small, tokenizer).save_pretrained(str(folder), safe_serialization=True)
    tokenizer.save_pretrained(str(folder))
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """The same in a copy of its own."""
    return Path(shutil.copytree(built, tmp_path / "tiny"))


@pytest.fixture
def nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading fails the test."""

    def read(*_: Any, **__: Any) -> None:
        pytest.fail("something was read of a base that is not the one named")

    monkeypatch.setattr(AutoTokenizer, "from_pretrained", read)
    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", read)


def change(name: str) -> Callable[[Path], None]:
    """A file that says something else."""

    def act(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])

    return act


def remove(folder: Path) -> None:
    (folder / "generation_config.json").unlink()


def add_adapter(folder: Path) -> None:
    """transformers puts an adapter that lies in the folder of a base on it, unasked."""
    (folder / "adapter_config.json").write_text("{}")


def add_template(folder: Path) -> None:
    (folder / "additional_chat_templates").mkdir()
    (folder / "additional_chat_templates" / "default.jinja").write_text("{{ 1 }}")


@pytest.mark.usefixtures("nothing_is_read")
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (change("chat_template.jinja"), "chat_template.jinja differs"),
        (change("model.safetensors"), "model.safetensors differs"),
        (change("tokenizer.json"), "tokenizer.json differs"),
        (change("config.json"), "config.json differs"),
        (remove, "generation_config.json is missing"),
        (add_adapter, "adapter_config.json is not one of its files"),
        (add_template, "additional_chat_templates/default.jinja is not one of its files"),
    ],
)
def test_a_base_that_changed_is_refused_before_anything_is_read(
    folder: Path, spoil: Callable[[Path], None], words: str
) -> None:
    base = Base(str(folder), "", "", hash_base_files(folder))
    spoil(folder)
    with pytest.raises(SelfsownError, match=words):
        load_base(base)


def test_a_readme_and_weights_that_nobody_reads_do_not_count(folder: Path) -> None:
    before = hash_base_files(folder)
    (folder / "README.md").write_text("new")
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x02.")
    assert hash_base_files(folder) == before


def test_pickled_weights_alone_are_no_base(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(SelfsownError, match="no weights as safetensors"):
        pin_base(Base(str(folder), "", ""), folder.parent / "cache")


def test_a_base_is_loaded_once_to_be_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, base = folder.parent / "cache", Base(str(folder), "", "")
    named = pin_base(base, cache)
    assert named.digest == model_digest(load_base(base))
    monkeypatch.setattr(registry, "load_base", None)
    assert pin_base(base, cache) == named
    assert pin_base(Base(str(shutil.copytree(folder, folder.parent / "moved")), "", ""), cache).digest == named.digest
    change("chat_template.jinja")(folder)
    with pytest.raises(TypeError):
        pin_base(base, cache)


def test_a_base_at_hand_is_not_loaded_to_be_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chat: ChatModel = load_base(Base(str(folder), "", ""))
    monkeypatch.setattr(registry, "load_base", None)
    assert pin_base(Base(str(folder), "", ""), folder.parent / "cache", chat).digest == model_digest(chat)


def test_what_the_cache_says_is_read_with_care(folder: Path) -> None:
    cache, base = folder.parent / "cache", Base(str(folder), "", "")
    named = pin_base(base, cache)
    (place,) = (cache / "digests").iterdir()
    place.write_bytes(b"torn")
    assert pin_base(base, cache) == named


def test_a_folder_is_no_snapshot(folder: Path) -> None:
    assert locate_base(str(folder), "main") == folder
    assert commit_of(folder) == ""
    assert commit_of(Path("models--o--m/snapshots") / ("a" * 40)) == "a" * 40


def test_custom_code_of_a_base_is_not_run(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.Own"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text("raise SystemExit('custom code ran')")
    with pytest.raises(SelfsownError, match="cannot load the base model"):
        load_base(Base(str(folder), "", ""))
    assert not model.LOADING["trust_remote_code"]
