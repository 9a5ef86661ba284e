"""From the corpus to the files that trainers read: messages, OpenAI fine-tuning, preference pairs, Parquet.

What was withdrawn or superseded, or may be read but not trained on, is left out and counted. Records are read one at a
time; memory holds ids, and for preference pairs their parents.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from selfsown.consent import may_train
from selfsown.errors import SelfsownError, UsageError
from selfsown.extras import need

MOST_LINE = 1 << 20

# The columns of Parquet; `ext` may hold anything and is JSON in every row.
TEXT_COLUMNS = ("id", "source", "license", "created", "language", "model", "contributor", "supersedes")


@dataclass(slots=True)
class Tally:
    """How many rows were written, and what was left out and why."""

    written: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Gone:
    """Ids that are not exported."""

    withdrawn: frozenset[str]
    superseded: frozenset[str]

    def why(self, name: str) -> str | None:
        """Why an id is not exported, or None."""
        return "withdrawn" if name in self.withdrawn else "superseded" if name in self.superseded else None


def find_shards(paths: Iterable[Path]) -> list[Path]:
    """The JSONL files at and below the paths, each once, in order. Raises UsageError where there is none."""
    found: dict[Path, None] = {}
    for path in paths:
        files = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
        found.update(dict.fromkeys(file.resolve() for file in files))
        if not files or not files[0].is_file():
            raise UsageError(f"{path}: no conversations are there", "name shards, or a folder that holds some")
    return list(found)


def find_corpora(paths: Iterable[Path]) -> list[Path]:
    """The folders called corpus that the paths are, are in, or hold: where tombstones and corrections are looked up."""
    corpora: dict[Path, None] = {}
    for path in map(Path.resolve, paths):
        around = [folder for folder in (path, *path.parents) if folder.name == "corpus" and folder.is_dir()]
        corpora.update(dict.fromkeys(around[:1] or [folder for folder in [path / "corpus"] if folder.is_dir()]))
    return list(corpora)


def read_records(files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Every record of the files. Raises SelfsownError on a line that is none: validate says more about it."""
    for file in files:
        with file.open("rb") as stream:
            number = 0
            while line := stream.readline(MOST_LINE):
                number += 1
                try:
                    record = orjson.loads(line)
                    record["id"][0]
                except (orjson.JSONDecodeError, KeyError, TypeError, IndexError):
                    tip = "`selfsown validate` says what is wrong with it"
                    raise SelfsownError(f"{file}:{number}: no record of a shard", tip) from None
                yield record


def read_gone(paths: Iterable[Path]) -> Gone:
    """What the corpora around the paths, and the files themselves, say is withdrawn or superseded."""
    corpora = find_corpora(paths)
    withdrawn = {file.stem for corpus in corpora for file in (corpus / "withdrawn").glob("*/*.json")}
    files = dict.fromkeys(
        [*find_shards(paths), *(file for corpus in corpora for file in sorted((corpus / "original").rglob("*.jsonl")))]
    )
    # A correction that was withdrawn itself corrects nothing.
    superseded = {
        record["supersedes"]
        for record in read_records(files)
        if "supersedes" in record and record["id"] not in withdrawn
    }
    return Gone(frozenset(withdrawn), frozenset(superseded))


def why_untrained(record: Mapping[str, Any]) -> str | None:
    """Why a conversation that is published is not for training, or None: its person said so."""
    ext = record.get("ext")
    return None if may_train(ext if isinstance(ext, dict) else {}) else "no consent to train"


def read_conversations(paths: Iterable[Path], tally: Tally) -> Iterator[dict[str, Any]]:
    """The conversations below the paths that are still part of the corpus, each once."""
    gone, seen = read_gone(paths), set[str]()
    for record in read_records(find_shards(paths)):
        name = record["id"]
        if not name.startswith("c-"):
            continue
        why = "twice there" if name in seen else gone.why(name) or why_untrained(record)
        if why:
            tally.left_out[why] += 1
        else:
            seen.add(name)
            yield record


def messages_row(record: Mapping[str, Any]) -> dict[str, Any]:
    """What TRL reads, with what attribution needs beside it."""
    return {name: record[name] for name in ("messages", "id", "source", "license")}


def openai_row(record: Mapping[str, Any]) -> dict[str, Any]:
    """OpenAI takes nothing beside the messages; weights that came from there go back there."""
    messages = [dict(message) for message in record["messages"]]
    weights = record.get("ext", {}).get("openai", {})
    weights = weights.get("weights", []) if isinstance(weights, dict) else []
    answers = [message for message in messages if message["role"] == "assistant"]
    if len(weights) == len(answers):
        for message, weight in zip(answers, weights, strict=True):
            if weight in (0, 1):
                message["weight"] = weight
    return {"messages": messages}


def preference_rows(paths: Iterable[Path], tally: Tally) -> Iterator[dict[str, Any]]:
    """Prompt, chosen and rejected of every rework whose conversation is at hand and still part of the corpus."""
    gone = read_gone(paths)
    reworks = [record for record in read_records(find_shards(paths)) if record["id"].startswith("w-")]
    wanted = {record["parent"] for record in reworks}
    corpora = [corpus / "original" for corpus in find_corpora(paths) if (corpus / "original").is_dir()]
    files = dict.fromkeys([*find_shards(paths), *(find_shards(corpora) if corpora else [])])
    parents = {record["id"]: record for record in read_records(files) if record["id"] in wanted}
    for record in reworks:
        parent = parents.get(record["parent"])
        why = gone.why(record["id"]) or gone.why(record["parent"]) or why_untrained(parent or {})
        messages = None if parent is None else parent["messages"]
        if why is None and messages is None:
            why = "conversation not at hand"
        elif why is None and not _is_answer(messages, record):
            why = "not the answer that was reworked"
        if why or messages is None:
            tally.left_out[why or ""] += 1
            continue
        yield {
            "prompt": messages[: record["turn"]],
            "chosen": [{"role": "assistant", "content": record["new"]}],
            "rejected": [{"role": "assistant", "content": record["old"]}],
        }


def _is_answer(messages: Any, record: Mapping[str, Any]) -> bool:
    turn = record["turn"]
    return bool(turn < len(messages) and messages[turn] == {"role": "assistant", "content": record["old"]})


def write_rows(rows: Iterable[dict[str, Any]], out: Path, tally: Tally) -> None:
    """Write one JSON object per line, whole or not at all."""
    with replacing(out) as stream:
        for row in rows:
            stream.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            tally.written += 1


def write_parquet(records: Iterable[dict[str, Any]], out: Path, tally: Tally) -> None:
    """Write the records as Parquet, whole or not at all. Raises MissingExtra without `datasets`."""
    datasets = need("datasets", "train")
    text = datasets.Value("string")
    features = datasets.Features(
        {
            **dict.fromkeys(TEXT_COLUMNS, text),
            "self_rating": datasets.Value("float64"),
            "messages": datasets.List({"role": text, "content": text}),
            "ext": text,
        }
    )

    def row(record: dict[str, Any]) -> dict[str, Any]:
        tally.written += 1
        ext = orjson.dumps(record["ext"]).decode() if "ext" in record else None
        return {**dict.fromkeys(features), **record, "ext": ext}

    with tempfile.TemporaryDirectory() as cache, replacing(out) as stream:
        datasets.disable_progress_bars()
        try:
            # A fingerprint of its own keeps `datasets` from pickling the generator to hash it.
            made = datasets.Dataset.from_generator(
                lambda: map(row, records), features=features, cache_dir=cache, fingerprint=os.urandom(8).hex()
            )
        except datasets.exceptions.DatasetGenerationError as error:
            if isinstance(error.__cause__, SelfsownError):
                raise error.__cause__ from None
            raise
        made.to_parquet(stream)


@contextmanager
def replacing(out: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `out` when everything went well, and is gone otherwise."""
    if out.is_dir() or not out.parent.is_dir():
        raise UsageError(f"-o {out} cannot be written", "name a file in a folder that is there")
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        Path(name).chmod(0o644)
        Path(name).replace(out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
