from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from selfsown.conversation import Turn
from selfsown_train import prepared
from selfsown_train.model import ChatModel
from selfsown_train.prepared import prepare_rows
from selfsown_train.recipe import Recipe
from selfsown_train.report import silent
from selfsown_train.rows import Row
from selfsown_train.tiny_base import build_model, build_tokenizer
from selfsown_train.tokens import encode


@pytest.fixture(scope="module")
def chat(recipe: Recipe) -> ChatModel:
    torch.manual_seed(1)
    tokenizer = build_tokenizer(["hello there, hi and bye, what is 12345?"] * 50, 400)
    return ChatModel(build_model(recipe.base, tokenizer), tokenizer)


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """Every row that is encoded from here on."""
    seen: list[Row] = []

    def count(chat: ChatModel, turns: Row, window: int, **form: bool) -> Any:
        seen.append(turns)
        return encode(chat, turns, window, **form)

    monkeypatch.setattr(prepared, "encode", count)
    return seen


def make_rows(count: int, start: int = 0) -> list[Row]:
    return [
        (Turn("user", f"what is {n}?"), Turn("assistant", f"hello {n}" * (n % 5 + 1)))
        for n in range(start, start + count)
    ]


def prepare(chat: ChatModel, rows: list[Row], cache: Path | None, **form: Any) -> Any:
    return prepare_rows(chat, rows, **{"only_answers": True, "report": silent, "cache": cache, **form})


def parts(cache: Path) -> list[Path]:
    return sorted(cache.glob("*/*.arrow"))


def expect(chat: ChatModel, rows: list[Row]) -> list[dict[str, Any]]:
    found = [encode(chat, row, chat.context) for row in rows]
    return [{"input_ids": one.ids, "labels": one.labels, "length": len(one.ids)} for one in found]


def test_one_percent_more_data_encodes_one_percent(chat: ChatModel, encoded: list[Row], tmp_path: Path) -> None:
    rows = make_rows(300)
    assert prepare(chat, rows, tmp_path).to_list() == expect(chat, rows)
    assert len(encoded) == 300
    more = [*make_rows(2, 300), *rows, *make_rows(1, 302)]
    assert prepare(chat, more, tmp_path).to_list() == expect(chat, more)
    assert encoded[300:] == [*more[:2], more[-1]]
    prepare(chat, rows[:50], tmp_path)
    assert len(encoded) == 303


def test_with_and_without_a_cache_the_rows_are_the_same(chat: ChatModel, tmp_path: Path) -> None:
    rows = [*make_rows(5), *make_rows(2), (Turn("user", "x " * 3000), Turn("assistant", "too late"))]
    kept = prepare(chat, rows, tmp_path)
    assert kept.to_list() == prepare(chat, rows, None).to_list() == expect(chat, rows[:-1])
    assert kept.cache_files
    assert len(prepare(chat, rows[-1:], tmp_path)) == len(prepare(chat, [], tmp_path)) == 0


def test_another_tokenizer_template_window_or_labelling_is_another_form(
    chat: ChatModel, encoded: list[Row], tmp_path: Path
) -> None:
    rows = make_rows(3)
    prepare(chat, rows, tmp_path)
    other = build_tokenizer(["something else altogether"] * 50, 400)
    template = build_tokenizer(["hello there, hi and bye, what is 12345?"] * 50, 400)
    template.chat_template = f"{template.chat_template} "
    for changed in (replace(chat, window=64), replace(chat, tokenizer=other), replace(chat, tokenizer=template)):
        prepare(changed, rows, tmp_path)
    prepare(chat, rows, tmp_path, only_answers=False)
    assert len(encoded) == 5 * len(rows)
    chat.tokenizer(["a", "a b c"], padding=True, truncation=True, max_length=8)
    prepare(chat, rows, tmp_path)
    assert len(encoded) == 5 * len(rows), "what a tokenizer was last asked for changes nothing"


def test_many_small_additions_leave_few_parts(chat: ChatModel, tmp_path: Path) -> None:
    rows = make_rows(24)
    for count in range(1, len(rows) + 1):
        prepare(chat, rows[:count], tmp_path)
        assert len(parts(tmp_path)) <= count.bit_length()
    assert prepare(chat, rows, tmp_path).to_list() == expect(chat, rows)


@pytest.mark.parametrize("damage", [lambda content: content[:-40], lambda content: b"x" + content[1:], lambda _: b""])
def test_a_damaged_part_is_encoded_anew(
    chat: ChatModel, encoded: list[Row], tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    rows = make_rows(4)
    prepare(chat, rows, tmp_path)
    (part,) = parts(tmp_path)
    part.write_bytes(damage(part.read_bytes()))
    assert prepare(chat, rows, tmp_path).to_list() == expect(chat, rows)
    assert len(encoded) == 8


def test_a_kill_costs_what_was_not_written_yet(
    chat: ChatModel, encoded: list[Row], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "_TOGETHER", 8)
    rows = make_rows(30)
    child = os.fork()
    if child == 0:
        sync = os.fsync
        calls: list[int] = []

        def die_at_the_third(handle: int) -> None:
            calls.append(handle)
            if len(calls) == 3:
                os.kill(os.getpid(), signal.SIGKILL)
            sync(handle)

        os.fsync = die_at_the_third
        prepare(chat, rows, tmp_path)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert [path for path in tmp_path.glob("*/*") if path.suffix != ".arrow"]
    assert prepare(chat, rows, tmp_path).to_list() == expect(chat, rows)
    assert len(encoded) == 30 - 16
    assert not [path for path in tmp_path.glob("*/*") if path.suffix != ".arrow"]


def test_two_at_once_encode_each_row_once(chat: ChatModel, encoded: list[Row], tmp_path: Path) -> None:
    rows = make_rows(60)
    with ThreadPoolExecutor(2) as pool:
        found = [pool.submit(prepare, chat, some, tmp_path) for some in (rows[:40], rows[20:])]
    assert found[0].result().to_list() == expect(chat, rows[:40])
    assert found[1].result().to_list() == expect(chat, rows[20:])
    assert len(encoded) == 60


def test_forms_unused_for_longest_are_forgotten(
    chat: ChatModel, encoded: list[Row], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "_MOST_FORMS", 2)
    rows = make_rows(2)
    for window in (32, 64, 32, 96):
        prepare(replace(chat, window=window), rows, tmp_path)
        for form in tmp_path.iterdir():
            os.utime(form, (form.stat().st_mtime - 10, form.stat().st_mtime - 10))
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 2
    encoded.clear()
    prepare(replace(chat, window=32), rows, tmp_path)
    assert not encoded
    prepare(replace(chat, window=64), rows, tmp_path)
    assert len(encoded) == 2


def test_progress_is_told_of_what_is_encoded(chat: ChatModel, tmp_path: Path) -> None:
    said: list[tuple[str, int, int]] = []

    def report(stage: str, done: int, total: int, note: str = "") -> None:
        said.append((stage, done, total))

    prepare(chat, make_rows(20), tmp_path, report=report)
    assert (said[0], said[-1]) == (("prepare", 1, 20), ("prepare", 20, 20))
    said.clear()
    prepare(chat, make_rows(20), tmp_path, report=report)
    assert not said
