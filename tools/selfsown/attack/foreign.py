"""Families from files of instructions that somebody else wrote: a foreign order buried in an answer or a request.

They speak to the assistant, not to the rater. A conversation that holds one is no good training data, and a program
that knows no meaning sees few of them; the figures say so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from selfsown.attack.family import AttackFamily, Turns
from selfsown.attack.places import add
from selfsown.attack.wording import Wording
from selfsown.errors import SelfsownError

_MOST_BYTES = 4_000_000


def read_foreign_families(paths: Sequence[Path]) -> tuple[AttackFamily, ...]:
    """One family `foreign:<category>` per category of `{category: [text, ...]}`, the files of one category joined.

    Raises SelfsownError on a file of another form.
    """
    texts: dict[str, list[str]] = {}
    for path in paths:
        for category, found in _read_texts(path).items():
            texts.setdefault(category, []).extend(found)
    return tuple(
        AttackFamily(f"foreign:{category}", False, "buries an instruction to the assistant", _buried(found))
        for category, found in sorted(texts.items())
    )


def _buried(texts: list[str]) -> Callable[[Turns, Wording], Turns]:
    return lambda turns, wording: add(turns, wording.pick(texts), wording)


def _read_texts(path: Path) -> dict[str, list[str]]:
    tip = 'it holds {"category": ["text", ...]} as JSON'
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
        record = json.loads(content) if len(content) <= _MOST_BYTES else None
    except (OSError, ValueError, RecursionError) as error:
        raise SelfsownError(f"{path} cannot be read as instructions: {error}", tip) from error
    if not isinstance(record, dict) or not record:
        raise SelfsownError(f"{path} holds no instructions", tip)
    for category, texts in record.items():
        if not (isinstance(texts, list) and texts and all(isinstance(text, str) and text for text in texts)):
            raise SelfsownError(f"{path}: {category!r} is no list of texts", tip)
    return record
