"""Rows as the tokens and labels that a trainer reads, encoded once and kept: what was merged since is all that is new.

A row is known by the hash of its turns, and lies in the folder of its form: tokenizer, chat template, window, labelling.
A form is a few memory-mapped Arrow files. Each is named by the hash of its content and renamed into place whole, so a
crash costs what was not written yet, and one that is damaged is encoded anew. It is a cache: deleting it loses time only.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import tokenizers
import transformers
from datasets import Dataset, concatenate_datasets
from datasets.table import InMemoryTable
from filelock import FileLock, Timeout

from selfsown.canonical import canonical_bytes
from selfsown.errors import SelfsownError
from selfsown_train.model import ChatModel
from selfsown_train.report import Report
from selfsown_train.rows import Row
from selfsown_train.tokens import encode

STAGE = "prepare"

_FORM = 1  # raise it when `tokens.encode` gives other tokens or labels for the same row
_TOGETHER = 1024  # rows that are written at a time: what a crash can cost
_BATCH = 1000  # rows of a record batch
_MOST_FORMS = 8  # that are kept; the one unused for longest goes first
_PATIENCE = 10.0  # seconds, for another process that encodes
_COLUMNS = ["input_ids", "labels", "length"]
_SCHEMA = pa.schema(
    {
        "key": pa.binary(),
        "input_ids": pa.list_(pa.int32()),
        "labels": pa.list_(pa.int32()),
        "length": pa.int32(),
        "has_labels": pa.bool_(),
    }
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A file of encoded rows, mapped into memory."""

    path: Path
    rows: Dataset


def prepare_rows(
    chat: ChatModel, rows: Sequence[Row], *, only_answers: bool, cache: Path | None, report: Report
) -> Dataset:
    """The rows that have anything to learn from, in their order: columns `input_ids`, `labels` and `length` in tokens.

    Kept in the folder `cache`, None keeps nothing. Two processes may ask for the same: one encodes, the other waits.
    """
    keyed = [(_key(row), row) for row in rows]
    if cache is None:
        tables = _encode(chat, dict(keyed), only_answers, report)
        return _pick([Dataset(InMemoryTable(table)) for table in tables], [key for key, _ in keyed])
    form = cache / _form(chat, only_answers)
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(form.with_suffix(".lock")):
        form.mkdir(exist_ok=True)
        os.utime(form)
        parts = _read_parts(form)
        known = {key for part in parts for key in part.rows["key"][:]}
        missing = {key: row for key, row in keyed if key not in known}
        for table in _encode(chat, missing, only_answers, report):
            parts = _add(form, parts, table)
    _forget_forms(cache)
    return _pick([part.rows for part in parts], [key for key, _ in keyed])


def forget_rows(cache: Path) -> int:
    """Delete everything that is kept: tokens are text. Return how many files that were; nobody may be at work on them.

    Raises SelfsownError where somebody is: a training, which ends with the rows it began with.
    """
    files = 0
    for form in sorted(path for path in cache.glob("*") if path.is_dir()):
        try:
            with FileLock(form.with_suffix(".lock"), timeout=_PATIENCE):
                files += len(list(form.iterdir()))
                shutil.rmtree(form)
        except Timeout as error:
            raise SelfsownError(
                f"somebody is at work on the prepared rows in {form}", "try again when the training is done"
            ) from error
    return files


def _key(row: Row) -> bytes:
    return hashlib.sha256(canonical_bytes([turn.to_json() for turn in row])).digest()[:16]


def _form(chat: ChatModel, only_answers: bool) -> str:
    """Everything beside the row that decides its tokens and labels, as a name for a folder."""
    tokenizer: Any = chat.tokenizer
    backend = json.loads(tokenizer.backend_tokenizer.to_str()) if tokenizer.is_fast else tokenizer.get_vocab()
    for state in ("truncation", "padding"):  # left behind by whoever asked the tokenizer last
        backend.pop(state, None) if tokenizer.is_fast else None
    template = str(tokenizer.chat_template)
    today = datetime.now(UTC).date().isoformat() if "strftime_now" in template else ""
    special = {name: str(token) for name, token in tokenizer.special_tokens_map.items()}
    versions = [transformers.__version__, tokenizers.__version__]
    parts = [_FORM, type(tokenizer).__name__, backend, special, template, today, versions, chat.context, only_answers]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _encode(chat: ChatModel, rows: dict[bytes, Row], only_answers: bool, report: Report) -> Iterator[pa.Table]:
    """Tables of at most _TOGETHER rows."""
    left = iter(rows.items())
    done = 0
    while some := list(islice(left, _TOGETHER)):
        found = []
        for key, row in some:
            one = encode(chat, row, chat.context, only_answers=only_answers)
            values = (key, one.ids, one.labels, len(one.ids), one.has_labels)
            found.append(dict(zip(_SCHEMA.names, values, strict=True)))
            done += 1
            if done % 16 == 1 or done == len(rows):
                report(STAGE, done, len(rows))
        yield pa.Table.from_pylist(found, _SCHEMA)


def _pick(sets: Sequence[Dataset], keys: Sequence[bytes]) -> Dataset:
    """The rows of these keys that have labels."""
    if not keys:
        return Dataset.from_dict({name: [] for name in _COLUMNS})
    whole = concatenate_datasets(list(sets))
    places = {key: place for place, key in enumerate(whole["key"][:])}
    has_labels = whole["has_labels"][:]
    chosen = [places[key] for key in keys if has_labels[places[key]]]
    return whole.select_columns(_COLUMNS).select(chosen)


def _read_parts(form: Path) -> list[_Part]:
    """The parts that are what their names say; what is not, and what a crash left behind, is removed."""
    parts = []
    for path in sorted(form.iterdir()):
        if path.suffix == ".arrow" and path.stem == _digest(path):
            parts.append(_Part(path, Dataset.from_file(str(path))))
        else:
            path.unlink(missing_ok=True)
    return parts


def _add(form: Path, parts: list[_Part], table: pa.Table) -> list[_Part]:
    """The parts with one more, which takes in those at most twice its size.

    So each part is over twice as large as the next: there are never more than log2(rows) + 1, and a row is written again
    as often at most.
    """
    rest = sorted(parts, key=lambda part: len(part.rows), reverse=True)
    size, taken = len(table), []
    while rest and len(rest[-1].rows) <= 2 * size:
        taken.append(rest.pop())
        size += len(taken[-1].rows)
    path = _write(form, [table, *(part.rows.data.table for part in taken)])
    for part in taken:
        part.path.unlink(missing_ok=True)
    return [*rest, _Part(path, Dataset.from_file(str(path)))]


def _write(form: Path, tables: Iterable[pa.Table]) -> Path:
    handle, name = tempfile.mkstemp(dir=form, prefix=".part.")
    with os.fdopen(handle, "wb") as file:
        with pa.ipc.new_stream(file, _SCHEMA) as writer:
            for batch in _even_batches(tables):
                writer.write_table(batch.combine_chunks())
        file.flush()
        os.fsync(file.fileno())
    path = form / f"{_digest(Path(name))}.arrow"
    return Path(name).replace(path)


def _even_batches(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of _BATCH, so that parts of parts of parts do not end as a thousand tiny batches."""
    waiting = _SCHEMA.empty_table()
    for table in tables:
        for batch in table.to_batches(max_chunksize=_BATCH):
            waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
            if len(waiting) >= _BATCH:
                yield waiting.slice(0, _BATCH)
                waiting = waiting.slice(_BATCH)
    if len(waiting):
        yield waiting


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


def _forget_forms(cache: Path) -> None:
    """Forms that nobody asked for lately go, unless somebody is at work on them."""
    forms = sorted((path for path in cache.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for form in forms[:-_MOST_FORMS]:
        with suppress(Timeout), FileLock(form.with_suffix(".lock"), timeout=0):
            shutil.rmtree(form, ignore_errors=True)
