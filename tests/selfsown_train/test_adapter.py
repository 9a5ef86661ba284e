from __future__ import annotations

import os
import pickle
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_adapter import INPUTS, OUTPUTS, RANK, TENSORS, A, B, describe, pack, write

from selfsown_train.adapter import CONFIG, WEIGHTS, check_adapter, holds_adapter, keep_adapter
from selfsown_train.lora_tensors import MOST_HEADER, BadAdapter, Pair, check_fits, read_pairs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "adapter"


@pytest.fixture(autouse=True)
def no_tensor_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading any tensor fails the test."""
    import safetensors
    import safetensors.torch
    import torch

    def read(*_: Any, **__: Any) -> None:
        pytest.fail("a tensor was read")

    for module, name in ((safetensors, "safe_open"), (safetensors.torch, "load_file"), (torch, "load")):
        monkeypatch.setattr(module, name, read)


def test_a_sound_adapter_passes(folder: Path) -> None:
    named = write(folder)
    assert check_adapter(folder, {**named, "more": "in a round file"}) == folder
    assert read_pairs(folder / WEIGHTS) == {"model.layers.0.q_proj": Pair(INPUTS, OUTPUTS, RANK)}


def add_pickle(folder: Path) -> None:
    (folder / "adapter_model.bin").write_bytes(pickle.dumps({}))


def add_file(folder: Path) -> None:
    (folder / "notes.txt").write_text("more")


def add_code(folder: Path) -> None:
    (folder / "modeling_own.py").write_text("import os")


def add_hidden(folder: Path) -> None:
    (folder / ".gitattributes").write_text("")


def link_weights(folder: Path) -> None:
    (folder / WEIGHTS).rename(folder.parent / "elsewhere")
    (folder / WEIGHTS).symlink_to(folder.parent / "elsewhere")


def make_pipe(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    os.mkfifo(folder / WEIGHTS)


def make_folder(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    (folder / WEIGHTS).mkdir()


def remove_config(folder: Path) -> None:
    (folder / CONFIG).unlink()


def change_weights(folder: Path) -> None:
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (add_pickle, "adapter_model.bin is a kind of file that can carry a program"),
        (add_file, "notes.txt does not belong to it"),
        (add_code, "modeling_own.py does not belong to it"),
        (add_hidden, "gitattributes does not belong to it"),
        (link_weights, "adapter_model.safetensors is a link"),
        (make_pipe, "adapter_model.safetensors is no plain file"),
        (make_folder, "adapter_model.safetensors is no plain file"),
        (remove_config, "adapter_config.json is missing"),
        (shutil.rmtree, "is missing"),
        (change_weights, r"digest differs: adapter_model.safetensors\)"),
    ],
)
def test_a_folder_that_is_not_the_named_one_is_refused(folder: Path, spoil: Callable[[Path], None], words: str) -> None:
    named = write(folder)
    spoil(folder)
    with pytest.raises(BadAdapter, match=words):
        check_adapter(folder, named)
    assert not holds_adapter(folder, named)


def zipped(tmp_path: Path) -> bytes:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("data.pkl", pickle.dumps([]))
    return (tmp_path / "a.zip").read_bytes()


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_under_the_name_of_safetensors_is_refused(folder: Path, protocol: int) -> None:
    named = write(folder, pickle.dumps({"weight": [1.0] * 20}, protocol))
    with pytest.raises(BadAdapter, match=r"is (a pickle or an archive|no safetensors), whatever its name says"):
        check_adapter(folder, named)


def test_an_archive_of_torch_under_the_name_of_safetensors_is_refused(folder: Path, tmp_path: Path) -> None:
    named = write(folder, zipped(tmp_path))
    with pytest.raises(BadAdapter, match="is a pickle or an archive"):
        check_adapter(folder, named)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"base_model_name_or_path": "evil/base"}, "base_model_name_or_path"),
        ({"peft_type": "PROMPT_TUNING"}, "peft_type"),
        ({"task_type": "SEQ_CLS"}, "task_type"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"auto_mapping": {"base_model_class": "X", "parent_library": "evil"}}, "auto_mapping"),
        ({"auto_map": {"AutoModel": "own.Own"}}, "auto_map"),
        ({"custom_code": "own.py"}, "custom_code"),
        ({"megatron_core": "evil.module"}, "megatron_core"),
        ({"megatron_config": {"a": 1}}, "megatron_config"),
        ({"rank_pattern": {"(a+)+$": 4}}, "rank_pattern"),
        ({"target_modules": "(a+)+$"}, "target_modules"),
        ({"target_modules": ["(a+)+$"]}, "target_modules"),
        ({"trainable_token_indices": [1]}, "trainable_token_indices"),
        ({"layer_replication": [[0, 4]]}, "layer_replication"),
        ({"bias": "all"}, "bias"),
        ({"use_dora": True}, "use_dora"),
        ({"r": 10**9}, "has r = "),
        ({"r": True}, "has r = "),
        ({"r": 3}, "is not among the layers"),
        ({"target_modules": ["k_proj"]}, "is not among the layers"),
        ({"\u202eunknown": 1}, "202E"),
    ],
)
def test_a_config_that_asks_for_more_than_lora_is_refused(folder: Path, change: dict[str, Any], words: str) -> None:
    named = write(folder, **change)
    with pytest.raises(BadAdapter, match=words):
        check_adapter(folder, named)


def test_a_config_that_says_nothing_is_refused(folder: Path) -> None:
    write(folder)
    for content, words in ((b"{}", "says nothing of"), (b"[]", "is no object"), (b"{", "does not read")):
        (folder / CONFIG).write_bytes(content)
        with pytest.raises(BadAdapter, match=words):
            check_adapter(folder, describe(folder))
    (folder / CONFIG).write_bytes(b" " * 10**5)
    with pytest.raises(BadAdapter, match="has 100000 bytes"):
        check_adapter(folder, describe(folder))


def entry(*shape: int, begins: int = 0, ends: int = 48, kind: str = "F32") -> dict[str, Any]:
    return {"dtype": kind, "shape": list(shape), "data_offsets": [begins, ends]}


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (pack({**TENSORS, "base_model.model.lm_head.weight": ("F32", [2, 2])}), "is no half of a LoRA pair"),
        (pack({A: TENSORS[A]}), "one half of a LoRA pair only"),
        (pack({A: TENSORS[A], B: ("F32", [OUTPUTS, 3])}), "the ranks 2 and 3"),
        (pack({A: ("I64", [RANK, INPUTS]), B: TENSORS[B]}), "holds I64, not floating point numbers"),
        (pack({A: ("F32", [RANK, INPUTS, 1]), B: TENSORS[B]}), "is no matrix"),
        (pack({}), "holds no tensor"),
        (pack(TENSORS, behind=b"PK\x03\x04"), "something lies behind the tensors"),
        (pack(TENSORS, **{A: entry(RANK, INPUTS, begins=8, ends=56)}), "overlap, or something lies between"),
        (pack(TENSORS, **{A: entry(9, 9)}), "another size than its shape"),
        (pack(TENSORS, **{A: entry(0, 0, ends=0)}), "another size than its shape"),
        (pack(TENSORS, **{A: "text"}), "is no matrix"),
        (struct.pack("<Q", 2**60) + b"{}", "has a header of"),
        (struct.pack("<Q", MOST_HEADER + 1) + b"{" + bytes(MOST_HEADER + 9), "has a header of"),
        (struct.pack("<Q", 0) + b"{}", "has a header of 0 bytes"),
        (struct.pack("<Q", 5) + b"{nope", "does not read"),
        (b"{", "no safetensors"),
    ],
)
def test_tensors_that_are_no_lora_pairs_are_refused(folder: Path, weights: bytes, words: str) -> None:
    named = write(folder, weights)
    with pytest.raises(BadAdapter, match=words):
        check_adapter(folder, named)


def test_pairs_have_to_fit_the_base(folder: Path) -> None:
    write(folder)
    pairs = read_pairs(folder / WEIGHTS)
    check_fits(folder, pairs, {"model.layers.0.q_proj": (INPUTS, OUTPUTS)})
    with pytest.raises(BadAdapter, match="q_proj is 6 by 4, in its base 6 by 5"):
        check_fits(folder, pairs, {"model.layers.0.q_proj": (INPUTS, 5)})
    with pytest.raises(BadAdapter, match=r"no linear layer model\.layers\.0\.q_proj"):
        check_fits(folder, pairs, {})


def test_an_adapter_is_kept_under_its_digest(tmp_path: Path) -> None:
    store, found = tmp_path / "store", tmp_path / "found"
    named = write(found)
    assert keep_adapter(found, store) == named
    assert [path.name for path in store.iterdir()] == [named["digest"]]
    place = store / str(named["digest"])
    kept = (place / WEIGHTS).stat().st_ino
    keep_adapter(found, store)
    assert (place / WEIGHTS).stat().st_ino == kept, "what is whole stays"
    change_weights(place)
    keep_adapter(found, store)
    assert holds_adapter(place, named), "what is damaged is replaced"
    write(found, use_dora=True)
    with pytest.raises(BadAdapter):
        keep_adapter(found, store)
    assert [path.name for path in store.iterdir()] == [named["digest"]]
