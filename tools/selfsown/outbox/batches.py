"""Batches: what goes out together. One is open at a time, and it is frozen on the disk before anything of it is sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import orjson

from selfsown.outbox.entry import OutboxError, State
from selfsown.outbox.rows import known_row, read_text


def plan_batch(connection: sqlite3.Connection, branch: str, keys: Sequence[str], now: str) -> None:
    """Note the batch in its entries. Raises OutboxError where a key is not screened or another batch is open."""
    rows = [known_row(connection, key) for key in keys]
    planned = {row["key"] for row in connection.execute("SELECT key FROM entry WHERE batch = ?", (branch,))}
    if planned and planned == set(keys):
        return
    query = "SELECT batch FROM entry WHERE batch != '' AND state IN ('screened', 'submitted') LIMIT 1"
    other = connection.execute(query).fetchone()
    if other is not None:
        raise OutboxError(f"the batch {other['batch']} is still open", "finish that one first")
    wrong = next((row for row in rows if row["state"] != State.SCREENED), None)
    if wrong is not None:
        raise OutboxError(f"{wrong['key']} is {wrong['state']}, not screened", "plan what is screened")
    change = "UPDATE entry SET batch = ?, published = ?, planned = ?, changed = ? WHERE key = ?"
    connection.executemany(change, [(branch, read_text(row).id, now, now, row["key"]) for row in rows])


def release_batch(connection: sqlite3.Connection, branch: str, now: str) -> None:
    """Free the entries of a batch that never got out. Raises OutboxError where it has a pull request."""
    query = "SELECT pull FROM entry WHERE batch = ? AND pull IS NOT NULL LIMIT 1"
    submitted = connection.execute(query, (branch,)).fetchone()
    if submitted is not None:
        raise OutboxError(f"{branch} is pull request {submitted['pull']} already", "close that one, then recall it")
    connection.execute(
        "UPDATE entry SET batch = '', published = '', planned = '', changed = ? WHERE batch = ?", (now, branch)
    )


def submit_batch(connection: sqlite3.Connection, branch: str, pull: int, now: str) -> None:
    """Note the pull request of a batch. Raises OutboxError where no such batch is planned, or it has another one."""
    rows = connection.execute("SELECT pull FROM entry WHERE batch = ?", (branch,)).fetchall()
    if not rows:
        raise OutboxError(f"no batch {branch} is planned", "plan it first")
    other = next((row["pull"] for row in rows if row["pull"] not in (None, pull)), None)
    if other is not None:
        raise OutboxError(f"{branch} is pull request {other} already, not {pull}", "close one of the two")
    connection.execute(
        "UPDATE entry SET state = CASE state WHEN 'screened' THEN 'submitted' ELSE state END, pull = ?, changed = ?"
        " WHERE batch = ? AND pull IS NULL",
        (pull, now, branch),
    )


def recall_batch(connection: sqlite3.Connection, branch: str, now: str) -> None:
    """Free the entries of a submission that was closed to leave something out. What was withdrawn keeps its trace."""
    connection.execute(
        "UPDATE entry SET state = 'screened', batch = '', published = '', planned = '', pull = NULL, changed = ?"
        " WHERE batch = ? AND state = 'submitted'",
        (now, branch),
    )


def settle_batch(connection: sqlite3.Connection, branch: str, now: str) -> None:
    """Note that nothing more is to be done about what was withdrawn from a batch: its number and published id stay."""
    connection.execute(
        "UPDATE entry SET batch = '', changed = ? WHERE batch = ? AND state = 'withdrawn'", (now, branch)
    )


def find_sent(connection: sqlite3.Connection, ids: Sequence[str]) -> frozenset[str]:
    """Which of these conversation ids were frozen into a batch before, whatever became of it."""
    query = "SELECT DISTINCT published FROM entry WHERE published IN (SELECT value FROM json_each(?))"
    asked = orjson.dumps(sorted(ids)).decode()
    return frozenset(row["published"] for row in connection.execute(query, (asked,)))


def count_planned(connection: sqlite3.Connection, day: str) -> int:
    """How many conversations were planned into batches on a day."""
    count: int = connection.execute("SELECT count(*) FROM entry WHERE substr(planned, 1, 10) = ?", (day,)).fetchone()[0]
    return count
