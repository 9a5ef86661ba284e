"""One run of the bot at a time per outbox: a lock that ends with its process, however that ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def alone(outbox: Path) -> Iterator[bool]:
    """Whether nobody else is at work on this outbox file; while it lasts, nobody else is told so.

    SQLite's own lock on an empty file beside it: held by the process, gone with it, on every system.
    """
    with closing(sqlite3.connect(f"{outbox}.bot", timeout=0, isolation_level=None, check_same_thread=False)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            yield False
            return
        yield True
