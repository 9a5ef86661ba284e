"""Batches: what goes out together. One is open at a time, and it is frozen on the disk before anything of it is sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import orjson

from selfsown.outbox.entry import OutboxError, State
from selfsown.outbox.file import OutboxFile
from selfsown.outbox.rows import known_row, read_text


class Batches:
    """The outbox's steps of a whole batch, named by its branch."""

    file: OutboxFile

    def plan(self, branch: str, keys: Sequence[str]) -> None:
        """Freeze a batch before anything of it is sent. Again with the same keys: nothing changes.

        Raises OutboxError, and freezes nothing, where a key is not screened, none is named, or another batch is open.
        """
        with self.file.writing() as (connection, now):
            rows = [known_row(connection, key) for key in keys]
            planned = {row["key"] for row in connection.execute("SELECT key FROM entry WHERE batch = ?", (branch,))}
            if planned and planned == set(keys):
                return
            _refuse_second(connection)
            wrong = next((row for row in rows if row["state"] != State.SCREENED), None)
            if wrong is not None:
                raise OutboxError(f"{wrong['key']} is {wrong['state']}, not screened", "plan what is screened")
            if not branch or not rows:
                raise OutboxError("a batch needs a branch and entries", "name both")
            change = "UPDATE entry SET batch = ?, published = ?, planned = ?, changed = ? WHERE key = ?"
            connection.executemany(change, [(branch, read_text(row).id, now, now, row["key"]) for row in rows])

    def release(self, branch: str) -> None:
        """Undo a batch that never became a pull request: its entries are free again. Raises OutboxError where it did."""
        with self.file.writing() as (connection, now):
            query = "SELECT pull FROM entry WHERE batch = ? AND pull IS NOT NULL LIMIT 1"
            out = connection.execute(query, (branch,)).fetchone()
            if out is not None:
                raise OutboxError(f"{branch} is pull request {out['pull']} already", "close that one, then recall it")
            connection.execute(
                "UPDATE entry SET state = CASE state WHEN 'submitted' THEN 'screened' ELSE state END,"
                " batch = '', published = '', planned = '', changed = ? WHERE batch = ?",
                (now, branch),
            )

    def submit(self, branch: str, pull: int | None) -> None:
        """Screened → submitted for a whole batch. Who withdrew in the meantime stays withdrawn, with the number noted.

        `pull` None: it is on a branch of this checkout, and a person opens the pull request. Raises OutboxError where no
        such batch is planned, or it has another pull request.
        """
        with self.file.writing() as (connection, now):
            rows = connection.execute("SELECT pull FROM entry WHERE batch = ?", (branch,)).fetchall()
            if not rows:
                raise OutboxError(f"no batch {branch} is planned", "plan it first")
            other = next((row["pull"] for row in rows if row["pull"] not in (None, pull)), None)
            if other is not None:
                raise OutboxError(f"{branch} is pull request {other} already, not {pull}", "close one of the two")
            connection.execute(
                "UPDATE entry SET state = CASE state WHEN 'screened' THEN 'submitted' ELSE state END, pull = ?,"
                " changed = ? WHERE batch = ? AND pull IS NULL",
                (pull, now, branch),
            )

    def recall(self, branch: str) -> None:
        """Undo a submission whose pull request was closed to leave something out: submitted → screened, free again."""
        with self.file.writing() as (connection, now):
            connection.execute(
                "UPDATE entry SET state = 'screened', batch = '', published = '', planned = '', pull = NULL, changed = ?"
                " WHERE batch = ? AND state = 'submitted'",
                (now, branch),
            )

    def settle(self, branch: str) -> None:
        """Note that nothing more is to be done about what was withdrawn from a batch: number and published id stay."""
        with self.file.writing() as (connection, now):
            connection.execute(
                "UPDATE entry SET batch = '', changed = ? WHERE batch = ? AND state = 'withdrawn'", (now, branch)
            )

    def sent(self, ids: Sequence[str]) -> frozenset[str]:
        """Which of these conversation ids were part of a batch before, whatever became of it."""
        query = "SELECT DISTINCT published FROM entry WHERE published IN (SELECT value FROM json_each(?))"
        with self.file.reading() as connection:
            return frozenset(
                row["published"] for row in connection.execute(query, (orjson.dumps(sorted(ids)).decode(),))
            )

    def planned_on(self, day: str) -> int:
        """How many conversations were planned into batches on a day (YYYY-MM-DD, UTC), for the bot's limit of a day."""
        query = "SELECT count(*) FROM entry WHERE substr(planned, 1, 10) = ?"
        with self.file.reading() as connection:
            return int(connection.execute(query, (day,)).fetchone()[0])


def _refuse_second(connection: sqlite3.Connection) -> None:
    query = (
        "SELECT batch FROM entry WHERE batch != '' AND"
        " (state = 'screened' OR (state = 'submitted' AND pull IS NOT NULL)) LIMIT 1"
    )
    other = connection.execute(query).fetchone()
    if other is not None:
        raise OutboxError(f"the batch {other['batch']} is still open", "finish that one first")
