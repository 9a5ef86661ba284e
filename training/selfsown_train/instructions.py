"""What base-level instruction tuning learns from: Alpaca-form files, or the first requests of the base's own sources.

A part is held out, so that it can be measured what the tuning did. It is split as the corpus is, by a hash of the content:
a conversation that lies in the corpus, too, is on the same side in both. A row that asks what a held-out one asks, in
the files or in the corpus, does not train.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selfsown.canonical import canonical_bytes
from selfsown.conversation import Turn, conversation_id, read_turns
from selfsown.elements import read_elements
from selfsown.errors import SelfsownError, UsageError
from selfsown.formats import alpaca
from selfsown.formats.draft import Draft, Refused
from selfsown.intake import parse_element
from selfsown.normalise import normalise
from selfsown.policy import Limits
from selfsown_train.corpus import RoundData
from selfsown_train.lineage import is_held_out
from selfsown_train.recipe import Recipe
from selfsown_train.rows import Row, instruction_rows

BARRED = "withdrawn, or no consent to train"
_MOST_BYTES = 512 << 20  # of one file; its rows are held in memory


@dataclass(frozen=True, slots=True)
class Instructions:
    """Rows that train, rows that measure, the SHA-256 of each file they come from, and how many were left out by reason."""

    rows: tuple[Row, ...]
    held_out: tuple[Row, ...]
    files: Mapping[str, str]
    left_out: Mapping[str, int]

    @property
    def digest(self) -> str:
        """Twelve hex digits over the rows that train, in order."""
        said = [[turn.to_json() for turn in row] for row in self.rows]
        return hashlib.sha256(canonical_bytes(said)).hexdigest()[:12]


def read_instructions(root: Path, recipe: Recipe, data: RoundData, limits: Limits) -> Instructions:
    """The rows of the recipe's files, which lie relative to `root`; without files, those of the base's sources.

    What was withdrawn from the corpus, or may not train, does not come back by a file.

    Raises UsageError where a file is not there or holds nothing of the Alpaca form.
    """
    if not recipe.instruction.files:
        train, held_out = (
            instruction_rows(entry for entry in side if entry.source in recipe.base.sources)
            for side in (data.train, data.held_out)
        )
        return Instructions(tuple(train), tuple(held_out), {}, {})
    left_out: Counter[str] = Counter()
    rows: list[Row] = []
    for name in recipe.instruction.files:
        found = list(_read_rows(_find(root, name), limits, left_out))
        if not found:
            raise UsageError(
                f"{name} holds no instruction with an answer", "name a file in the Alpaca form: JSON or JSONL"
            )
        rows += found
    kept = [row for row in rows if conversation_id(row) not in data.barred]
    left_out.update({BARRED: len(rows) - len(kept)} if len(kept) < len(rows) else {})
    train, held_out = _split(kept, data, recipe.data.held_out, left_out)
    return Instructions(tuple(train), tuple(held_out), digest_files(root, recipe), dict(left_out))


def digest_files(root: Path, recipe: Recipe) -> dict[str, str]:
    """The SHA-256 of each instruction file of a recipe, by its name there. Raises UsageError where one is missing."""
    found = {}
    for name in recipe.instruction.files:
        with _find(root, name).open("rb") as stream:
            found[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found


def _find(root: Path, name: str) -> Path:
    path = root / name
    if Path(name).is_absolute():
        raise UsageError(
            f"the instruction file {name} is named from the root of this machine", "name it from the checkout"
        )
    if not path.is_file():
        raise UsageError(
            f"there is no instruction file {name}", "the recipe's [instruction] files are named from the checkout"
        )
    if path.stat().st_size > _MOST_BYTES:
        raise SelfsownError(f"{name} is larger than {_MOST_BYTES >> 20} MB", "split it, and name the parts that matter")
    return path


def _read_rows(path: Path, limits: Limits, left_out: Counter[str]) -> Iterator[Row]:
    with path.open("rb") as stream:
        for element in read_elements(stream, path.name):
            try:
                drafts: Sequence[Draft | Refused] = tuple(alpaca.read_drafts(parse_element(element)))
                yield from (_as_row(draft, limits) for draft in drafts)
            except Refused as refused:
                left_out[refused.reason] += 1


def _as_row(draft: Draft | Refused, limits: Limits) -> Row:
    if isinstance(draft, Refused):
        raise draft
    return read_turns(normalise(draft, limits, merges_turns=alpaca.MERGES_TURNS).messages)


def _split(rows: Sequence[Row], data: RoundData, share: float, left_out: Counter[str]) -> tuple[list[Row], list[Row]]:
    unique = {conversation_id(row): row for row in rows}
    left_out.update({"repeated": len(rows) - len(unique)} if len(unique) < len(rows) else {})
    held_out = [row for name, row in unique.items() if is_held_out(name, share)]
    asked = {request_of(row) for row in held_out} | {request_of(entry.turns) for entry in data.held_out}
    train = []
    for name, row in unique.items():
        if is_held_out(name, share):
            continue
        if request_of(row) in asked:
            left_out["held out elsewhere"] += 1
        else:
            train.append(row)
    return train, held_out


def request_of(turns: Sequence[Turn]) -> str:
    """What is asked first, whatever its case and spacing."""
    return " ".join(next((turn.content for turn in turns if turn.role == "user"), "").casefold().split())


def describe_instructions(instructions: Instructions) -> dict[str, Any]:
    """As a round file has it, under `base.made_from`."""
    return {
        "files": dict(instructions.files),
        "rows": len(instructions.rows),
        "rows_digest": instructions.digest,
        "held_out": len(instructions.held_out),
        "left_out": dict(instructions.left_out),
    }
