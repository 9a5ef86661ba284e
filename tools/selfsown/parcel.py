"""A folder that another job handed over: one plain JSON file of a known name, size and schema, or it is refused whole.

What is looked at is what is opened: no link is followed and no pipe waited for.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from selfsown.schemas import Schema
from selfsown.strict_json import Refusal, parse_loose

_MAX_DEPTH = 8


class BadParcel(Exception):
    """Why a folder is refused; what it was about is for the caller to say."""


def read_parcel(folder: Path, name: str, most_bytes: int, schema: Schema) -> dict[str, Any]:
    """The record in `folder`, which has to hold `name` and nothing else. Raises BadParcel."""
    try:
        record = parse_loose(_read_only_file(folder, name, most_bytes), _MAX_DEPTH)
    except Refusal as refusal:
        raise BadParcel(f"{refusal.message} ({refusal.number} {refusal.name})") from refusal
    except OSError as error:
        raise BadParcel(f"it cannot be read from {folder}: {error.strerror}") from error
    if not schema.accepts(record):
        raise BadParcel(say_problem(schema, record))
    return record


def say_problem(schema: Schema, record: Any) -> str:
    """The first thing that a schema has against a record."""
    problem = next(schema.problems(record))
    return problem.message if problem.field is None else f"{problem.field}: {problem.message}"


def _read_only_file(folder: Path, name: str, most_bytes: int) -> bytes:
    with os.scandir(folder) as entries:
        names = sorted(entry.name for _, entry in zip(range(3), entries, strict=False))
    if names != [name]:
        raise BadParcel(f"its folder has to hold this one file, and holds {', '.join(names) or 'nothing'}")
    if not stat.S_ISREG((folder / name).lstat().st_mode):
        raise BadParcel("it is no plain file")
    handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as stream:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > most_bytes:
            raise BadParcel(f"it has {facts.st_size:,} bytes, over {most_bytes:,}")
        content = stream.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise BadParcel(f"it has more than {most_bytes:,} bytes")
    return content
