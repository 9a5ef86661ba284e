"""SQLite files that several processes write at once: a write-ahead log lets readers go on while one writes."""

from __future__ import annotations

import sqlite3
import time


def write_ahead(connection: sqlite3.Connection, patience: float) -> None:
    """Switch to WAL, waiting up to `patience` seconds. Raises sqlite3.OperationalError.

    SQLite does not wait for another process that does so at the same moment, hence the loop.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
