"""The outbox's file: SQLite with a write-ahead log, opened for its owner only, brought up to date when it is opened.

`PRAGMA user_version` counts the migrations that a file has had. All that are missing run in one transaction, so that a
kill leaves the old file or the new one. A file of a newer version is refused: this code does not know what it promises.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from selfsown.outbox.entry import OutboxError
from selfsown.write_ahead import write_ahead

PATIENCE = 60.0  # seconds to wait for another process
APPLICATION = 0x5E1F0B07  # PRAGMA application_id: tells an outbox from any other SQLite file
MIGRATIONS = (
    """
    CREATE TABLE entry (
      number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, code TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
      conversation BLOB, publish INTEGER NOT NULL, train INTEGER NOT NULL, version TEXT NOT NULL, day TEXT NOT NULL,
      person TEXT NOT NULL, address TEXT NOT NULL, rating REAL, judge TEXT NOT NULL DEFAULT '',
      flags TEXT NOT NULL DEFAULT '[]', kinds TEXT NOT NULL DEFAULT '[]', reason TEXT NOT NULL DEFAULT '',
      batch TEXT NOT NULL DEFAULT '', pull INTEGER, published TEXT NOT NULL DEFAULT '',
      ended TEXT NOT NULL DEFAULT '', created TEXT NOT NULL, changed TEXT NOT NULL,
      CHECK ((conversation IS NULL) = (state IN ('merged', 'declined', 'withdrawn')))
    );
    CREATE INDEX entry_state ON entry (state, batch);
    CREATE INDEX entry_batch ON entry (batch) WHERE batch != '';
    CREATE INDEX entry_person ON entry (person) WHERE person != '';
    CREATE INDEX entry_address ON entry (address) WHERE address != '';
    CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL);
    """,
    "ALTER TABLE entry ADD COLUMN planned TEXT NOT NULL DEFAULT '';",
)


def open_database(path: Path) -> sqlite3.Connection:
    """The file with the newest schema, made where it is not there. Raises OutboxError, naming the file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    except (sqlite3.Error, OSError) as error:
        raise _unusable(path, error) from error
    try:
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise _unusable(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.row_factory = sqlite3.Row
    _refuse_foreign(connection, path)
    write_ahead(connection, PATIENCE)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA temp_store=MEMORY")
    _migrate(connection, path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # what a killed process wiped may still stand in the log


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Leave alone what is no outbox. Raises OutboxError."""
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if owner != APPLICATION and tables:
        raise OutboxError(f"{path} is a database, but no outbox", "name another file in SELFSOWN_OUTBOX")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Run the migrations that the file has not had, all or none. Raises OutboxError on a newer file."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for migration in _missing(connection, path):
            for statement in filter(str.strip, migration.split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id={APPLICATION}")
        connection.execute(f"PRAGMA user_version={len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _missing(connection: sqlite3.Connection, path: Path) -> tuple[str, ...]:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise OutboxError(
            f"{path} was written by a newer Selfsown (its format is {version}, this one knows {len(MIGRATIONS)})",
            "update Selfsown, or name another file in SELFSOWN_OUTBOX",
        )
    return MIGRATIONS[version:]


def _unusable(path: Path, error: Exception) -> OutboxError:
    return OutboxError(f"the outbox {path} cannot be used: {error}", "make the file and its folder writable for you")
