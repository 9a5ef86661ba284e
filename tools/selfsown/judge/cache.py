"""Judgements on disk, addressed by what they depend on: judge, rubric, conversation. A score is computed once.

SQLite in WAL mode: several processes may read and write, and a kill leaves the last whole entry.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import orjson

from selfsown.errors import SelfsownError
from selfsown.judgement import Judgement, read_judgement
from selfsown.write_ahead import write_ahead

_SCHEMA = """
CREATE TABLE IF NOT EXISTS judgement (
  judge TEXT NOT NULL, rubric TEXT NOT NULL, conversation TEXT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (judge, rubric, conversation)
) WITHOUT ROWID
"""
_PATIENCE = 30.0  # seconds


class JudgementCache:
    """A cache file. Deleting it loses nothing but time. Raises SelfsownError where it cannot be opened or is none."""

    def __init__(self, path: Path) -> None:
        self._connection = open_cache_file(path, _SCHEMA)

    def __enter__(self) -> JudgementCache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def read(self, judge: str, rubric: str, conversations: Sequence[str]) -> dict[str, Judgement]:
        """The known judgements of these conversations."""
        marks = ",".join("?" * len(conversations))
        query = f"SELECT body FROM judgement WHERE judge = ? AND rubric = ? AND conversation IN ({marks})"  # noqa: S608
        found = [
            read_judgement(orjson.loads(body))
            for (body,) in self._connection.execute(query, [judge, rubric, *conversations])
        ]
        return {answer.conversation: answer for answer in found if isinstance(answer, Judgement)}

    def write(self, answer: Judgement) -> None:
        """Keep one judgement."""
        row = (answer.judge, answer.rubric, answer.conversation, orjson.dumps(answer.to_json()))
        self._connection.execute("INSERT OR REPLACE INTO judgement VALUES (?, ?, ?, ?)", row)


def open_cache_file(path: Path, *tables: str) -> sqlite3.Connection:
    """A cache file with these tables, for several processes at once. Raises SelfsownError where it cannot be opened."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
        write_ahead(connection, _PATIENCE)
        connection.execute("PRAGMA synchronous=NORMAL")
        for table in tables:
            connection.execute(table)
    except (sqlite3.DatabaseError, OSError) as error:
        raise SelfsownError(
            f"{path}: {error}", "make its folder writable, or delete the file: it is a cache"
        ) from error
    return connection
