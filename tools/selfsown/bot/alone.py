"""One run of the bot at a time per outbox: a lock that ends with its process, however that ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from selfsown.outbox.entry import OutboxError


@contextmanager
def alone(outbox: Path) -> Iterator[bool]:
    """Whether nobody else is at work on this outbox file; while it lasts, nobody else is told so.

    SQLite's own lock on an empty file beside it: held by the process, gone with it, on every system. Raises OutboxError
    where that file cannot be made.
    """
    with closing(_open(Path(f"{outbox}.bot"))) as lock:
        yield _take(lock)


def _open(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    except sqlite3.OperationalError as error:
        raise _unusable(path) from error


def _take(lock: sqlite3.Connection) -> bool:
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise _unusable(Path("the lock beside the outbox")) from error
        return False
    return True


def _unusable(path: Path) -> OutboxError:
    return OutboxError(f"{path} cannot be written", "make the outbox and its folder writable for you")
