"""The outbox: every conversation that a person agreed to have published, until it is merged, declined or withdrawn.

Durable: a step is on the disk when its method returns, and a kill leaves the entry before the step or after it. A step
that was taken already changes nothing, so that everything may be tried again. Nothing is kept without consent. The text
is deleted, and overwritten in the file, as soon as an entry is merged, declined or withdrawn.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

from selfsown.consent import Consent
from selfsown.conversation import Conversation
from selfsown.outbox.batches import Batches
from selfsown.outbox.entry import Entry, OutboxError, ScreenedText, State
from selfsown.outbox.file import OutboxFile, moment_of
from selfsown.outbox.limits import decline_old, explain_limit, forget_people
from selfsown.outbox.old_drafts import adopt_drafts, old_drafts
from selfsown.outbox.rows import (
    code_of,
    digest_code,
    explain_decline,
    find_row,
    insert_draft,
    known_row,
    rating_columns,
    read_consent,
    read_entry,
    read_text,
    render_text,
    take_step,
)
from selfsown.policy import ChatPolicy
from selfsown.self_rating import SelfRating


class Outbox(Batches):
    """An outbox file. Safe for several threads and processes; every method raises OutboxError where the disk fails."""

    def __init__(self, path: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.path = path
        self.file = OutboxFile(path, clock)

    def __enter__(self) -> Outbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Closing it again changes nothing."""
        self.file.close()

    def pseudonym(self, text: str) -> str:
        """A name for a person or an address that holds for this day only; "" of "".

        The secret it is made with is deleted after the day (`expire`): then nobody can tell whose it was.
        """
        if not text:
            return ""
        secret = self.file.secret(f"day {self._clock().astimezone(UTC):%Y-%m-%d}")
        return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:32]

    def code(self, key: str) -> str:
        """The withdraw code of an entry: 20 letters and digits in groups of five, for its person only."""
        plain = code_of(self.file.secret("code"), key)
        return "-".join(plain[start : start + 5] for start in range(0, len(plain), 5))

    def find_code(self, code: str) -> str | None:
        """The key of the entry with this withdraw code; None where there is none. Spaces and small letters are fine."""
        plain = "".join(character for character in code.upper() if character.isalnum())
        with self.file.reading() as connection:
            row = connection.execute("SELECT key FROM entry WHERE code = ?", (digest_code(plain),)).fetchone()
        return None if row is None else str(row["key"])

    def keep(
        self, key: str | None, conversation: Conversation, consent: Consent, *, person: str = "", address: str = ""
    ) -> str:
        """Keep a new draft (None, or a key made by `new_key`), or the newest text of a draft; return the key.

        The record carries the consent from here on. Raises OutboxError without consent to publish, or on no draft.
        """
        if not consent.publish:
            raise OutboxError("there is no consent to publish this conversation", "keep only what its person agreed to")
        key = key or new_key()
        code = digest_code(code_of(self.file.secret("code"), key))
        text = render_text(conversation, consent)
        with self.file.writing() as (connection, now):
            row = find_row(connection, key)
            if row is None:
                insert_draft(connection, (key, code), text, consent, now, (person, address))
            elif row["state"] == State.DRAFT:
                connection.execute(
                    "UPDATE entry SET conversation = ?, publish = ?, train = ?, version = ?, day = ?, changed = ?"
                    " WHERE key = ? AND conversation != ?",
                    (text, consent.publish, consent.train, consent.version, consent.day, now, key, text),
                )
            elif row["state"] != State.WITHDRAWN:
                raise OutboxError(
                    f"{key} is {row['state']}: its text is fixed", "keep what is said now under a new key"
                )
        return key

    def forget(self, key: str) -> None:
        """Delete a draft whose person took the consent back before the end: nothing of it stays."""
        with self.file.writing(wipes=True) as (connection, _):
            row = find_row(connection, key)
            if row is not None and row["state"] != State.DRAFT:
                raise OutboxError(f"{key} is {row['state']} and no draft any more", "withdraw it")
            connection.execute("DELETE FROM entry WHERE key = ?", (key,))

    def end(self, key: str) -> None:
        """Note that the chat of a draft has ended."""
        with self.file.writing() as (connection, now):
            known_row(connection, key)
            connection.execute(
                "UPDATE entry SET ended = ?, changed = ? WHERE key = ? AND ended = '' AND state = 'draft'",
                (now, now, key),
            )

    def rate(self, key: str, rating: SelfRating, least: float) -> State:
        """Draft → rated, or declined where the judgement that counts is below `least`; return the state it has now.

        What was rated before keeps that rating. The record carries what the model said of it as `self_rating`.
        """
        with self.file.writing(wipes=True) as (connection, now):
            row = known_row(connection, key)
            if row["state"] != State.DRAFT:
                return State(row["state"])
            conversation = replace(read_text(row), self_rating=rating.own_score)
            new = State.RATED if rating.is_enough(least) else State.DECLINED
            changes = {
                "conversation": render_text(conversation, read_consent(row)),
                "reason": "" if new is State.RATED else explain_decline(rating, least),
                "ended": row["ended"] or now,
                **rating_columns(rating),
            }
            take_step(connection, row, new, now, changes)
            return new

    def screen(self, key: str, screened: ScreenedText) -> State:
        """Rated → screened with the masked text, or declined with the refusal; return the state it has now."""
        with self.file.writing(wipes=True) as (connection, now):
            row = known_row(connection, key)
            if row["state"] not in (State.DRAFT, State.RATED):
                return State(row["state"])
            new = State.DECLINED if screened.refusal else State.SCREENED
            changes: dict[str, Any] = {"kinds": orjson.dumps(list(screened.kinds)).decode(), "reason": screened.refusal}
            if new is State.SCREENED:
                rated = read_text(row)
                masked = replace(screened.conversation, self_rating=rated.self_rating)
                changes["conversation"] = render_text(masked, read_consent(row))
            take_step(connection, row, new, now, changes)
            return new

    def merge(self, key: str) -> None:
        """Submitted → merged: its text is in the corpus and is deleted here."""
        self._finish(key, State.MERGED, "")

    def decline(self, key: str, reason: str) -> None:
        """Anything on the way → declined, with the reason in words that hold no text of it."""
        self._finish(key, State.DECLINED, reason)

    def withdraw(self, key: str) -> None:
        """Anything → withdrawn: the text is deleted. Batch, pull request and published id stay, for what is out already."""
        self._finish(key, State.WITHDRAWN, "")

    def _finish(self, key: str, new: State, reason: str) -> None:
        with self.file.writing(wipes=True) as (connection, now):
            row = known_row(connection, key)
            if row["state"] not in (new, State.WITHDRAWN):
                take_step(connection, row, new, now, {"reason": reason})

    def read(self, key: str) -> Entry | None:
        """An entry by its key."""
        with self.file.reading() as connection:
            row = find_row(connection, key)
        return None if row is None else read_entry(row)

    def find(self, *states: State, batch: str | None = None) -> list[Entry]:
        """Entries in any of these states (none named: in any), of this batch ("": of none), oldest first."""
        wanted = states or tuple(State)
        marks = ",".join("?" * len(wanted))
        query = f"SELECT * FROM entry WHERE state IN ({marks}) AND (? IS NULL OR batch = ?) ORDER BY number"  # noqa: S608
        with self.file.reading() as connection:
            rows = connection.execute(query, (*wanted, batch, batch)).fetchall()
        return [read_entry(row) for row in rows]

    def oldest(self) -> str:
        """When the oldest entry began that still has a text; empty where none has."""
        with self.file.reading() as connection:
            query = "SELECT coalesce(min(created), '') FROM entry WHERE conversation IS NOT NULL"
            return str(connection.execute(query).fetchone()[0])

    def counts(self) -> dict[State, int]:
        """How many entries are in each state; every state is there."""
        with self.file.reading() as connection:
            rows = connection.execute("SELECT state, count(*) AS entries FROM entry GROUP BY state").fetchall()
        found = {row["state"]: row["entries"] for row in rows}
        return {state: found.get(state, 0) for state in State}

    def allowance(self, person: str, address: str, policy: ChatPolicy) -> str:
        """Empty where one more conversation of this person and address (pseudonyms of today) may be kept, else why not."""
        with self.file.reading() as connection:
            return explain_limit(connection, person, address, policy)

    def expire(self, policy: ChatPolicy) -> int:
        """Delete what is too old: texts that were not submitted in time, the pseudonyms of past days; return the texts."""
        now = self._clock()
        oldest = moment_of(now - timedelta(days=policy.retention_days))
        with self.file.writing(wipes=True) as (connection, moment):
            forget_people(connection, f"{now.astimezone(UTC):%Y-%m-%d}")
            return decline_old(connection, oldest, moment, policy)


def open_outbox(root: Path, environment: Mapping[str, str] = os.environ) -> Outbox:
    """The outbox of a checkout, made where it is not there; what an older Selfsown left as files is taken in.

    It is the file that SELFSOWN_OUTBOX names, or `.selfsown/outbox.db`.
    """
    outbox = Outbox(_outbox_path(root, environment))
    try:
        adopt_drafts(outbox.file, _old_folder(root))
    except BaseException:
        outbox.close()
        raise
    return outbox


def find_outbox(root: Path, environment: Mapping[str, str] = os.environ) -> Outbox | None:
    """The outbox of a checkout; None where nothing was ever kept: looking makes no file."""
    if _outbox_path(root, environment).exists() or old_drafts(_old_folder(root)):
        return open_outbox(root, environment)
    return None


def _outbox_path(root: Path, environment: Mapping[str, str]) -> Path:
    return Path(environment.get("SELFSOWN_OUTBOX") or root / ".selfsown" / "outbox.db")


def _old_folder(root: Path) -> Path:
    return root / ".selfsown" / "outbox"


def new_key() -> str:
    """A random key for an entry."""
    return f"o-{secrets.token_hex(16)}"
