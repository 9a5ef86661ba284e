"""Transactions on the outbox's file: whole or not at all, one thread at a time, other processes waited for."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from selfsown.outbox.entry import OutboxError
from selfsown.outbox.schema import open_database


class OutboxFile:
    """The open file. Raises OutboxError wherever SQLite cannot do what is asked."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.RLock()
        self._connection = open_database(path)

    def close(self) -> None:
        """Close the file. Closing it again changes nothing."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone."""
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise OutboxError(
                    f"the outbox {self._path} failed: {error}", "see that its disk has room and can be written"
                ) from error

    @contextmanager
    def writing(self, *, wipes: bool = False) -> Iterator[tuple[sqlite3.Connection, str]]:
        """A transaction and its moment. `wipes`: what it deletes must leave the write-ahead log, too, before it returns."""
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection, moment_of(self._clock())
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            if wipes:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def secret(self, name: str) -> bytes:
        """A random secret of this file, made when it is first asked for."""
        query = "SELECT value FROM secret WHERE name = ?"
        with self.reading() as connection:
            row = connection.execute(query, (name,)).fetchone()
        if row is None:
            with self.writing() as (connection, _):
                connection.execute("INSERT OR IGNORE INTO secret VALUES (?, ?)", (name, secrets.token_bytes(32)))
                row = connection.execute(query, (name,)).fetchone()
        return bytes(row["value"])


def moment_of(time: datetime) -> str:
    """ISO 8601, UTC, in seconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
