"""Measurements and sentence vectors on disk, addressed by what measured them and by the conversation: nothing is measured twice.

The same kind of file as the cache of judgements; deleting it loses nothing but time.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt
import orjson

from selfsown.judge.cache import open_cache_file

_SCHEMA = """
CREATE TABLE IF NOT EXISTS measurement (
  version TEXT NOT NULL, conversation TEXT NOT NULL, numbers BLOB NOT NULL, PRIMARY KEY (version, conversation)
) WITHOUT ROWID
"""
_VECTORS = """
CREATE TABLE IF NOT EXISTS vectors (
  version TEXT NOT NULL, conversation TEXT NOT NULL, width INTEGER NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY (version, conversation)
)
"""

Halves = npt.NDArray[np.float16]


class MeasurementStore:
    """A file of measurements. Raises SelfsownError where it cannot be opened or is none."""

    def __init__(self, path: Path) -> None:
        self._connection = open_cache_file(path, _SCHEMA, _VECTORS)

    def __enter__(self) -> MeasurementStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def read(self, version: str, conversation: str) -> tuple[float, ...] | None:
        """The known numbers, or None."""
        query = "SELECT numbers FROM measurement WHERE version = ? AND conversation = ?"
        found = self._connection.execute(query, (version, conversation)).fetchone()
        return None if found is None else tuple(orjson.loads(found[0]))

    def write(self, version: str, conversation: str, numbers: tuple[float, ...]) -> None:
        """Keep the numbers of one conversation."""
        row = (version, conversation, orjson.dumps(numbers))
        self._connection.execute("INSERT OR REPLACE INTO measurement VALUES (?, ?, ?)", row)

    def read_vectors(self, version: str, conversation: str) -> Halves | None:
        """The known vectors of a conversation's sentences, one per row, or None."""
        query = "SELECT width, bytes FROM vectors WHERE version = ? AND conversation = ?"
        found = self._connection.execute(query, (version, conversation)).fetchone()
        return None if found is None else np.frombuffer(found[1], "<f2").reshape(-1, found[0]).astype(np.float16)

    def write_vectors(self, version: str, conversation: str, vectors: Halves) -> None:
        """Keep the vectors of one conversation's sentences."""
        row = (version, conversation, vectors.shape[1], vectors.astype("<f2").tobytes())
        self._connection.execute("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", row)
