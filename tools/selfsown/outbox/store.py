"""The outbox: every conversation that a person agreed to have published, until it is merged, declined or withdrawn.

Durable: a step is on the disk when its method returns, and a kill leaves the entry before the step or after it. A step
that was taken already changes nothing, so that everything may be tried again. Nothing is kept without consent. The text
is deleted, and overwritten in the file, as soon as an entry is merged, declined or withdrawn.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

from selfsown.consent import Consent
from selfsown.conversation import Conversation
from selfsown.judgement import Judgement
from selfsown.outbox.batches import (
    count_planned,
    find_sent,
    plan_batch,
    recall_batch,
    release_batch,
    settle_batch,
    submit_batch,
)
from selfsown.outbox.entry import Entry, OutboxError, ScreenedText, State
from selfsown.outbox.file import OutboxFile, moment_of
from selfsown.outbox.limits import decline_old, explain_limit, forget_people
from selfsown.outbox.rows import find_row, known_row, read_consent, read_entry, read_text, render_text, take_step
from selfsown.policy import ChatPolicy
from selfsown.self_rating import SelfRating, rating_of

_CODE_CHARACTERS = 20  # of base32: 100 bits


class Outbox:
    """An outbox file. Safe for several threads and processes; every method raises OutboxError where the disk fails."""

    def __init__(self, path: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.path = path
        self._file = OutboxFile(path, clock)

    def __enter__(self) -> Outbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Closing it again changes nothing."""
        self._file.close()

    def pseudonym(self, text: str) -> str:
        """A name for a person or an address that holds for this day only; "" of "".

        The secret it is made with is deleted after the day (`expire`): then nobody can tell whose it was.
        """
        if not text:
            return ""
        secret = self._file.secret(f"day {self._clock().astimezone(UTC):%Y-%m-%d}")
        return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:32]

    def code(self, key: str) -> str:
        """The withdraw code of an entry: 20 letters and digits in groups of five, for its person only."""
        digest = hmac.new(self._file.secret("code"), key.encode(), hashlib.sha256).digest()
        plain = base64.b32encode(digest).decode()[:_CODE_CHARACTERS]
        return "-".join(plain[start : start + 5] for start in range(0, len(plain), 5))

    def find_code(self, code: str) -> str | None:
        """The key of the entry with this withdraw code; None where there is none. Spaces and small letters are fine."""
        plain = "".join(character for character in code.upper() if character.isalnum())
        with self._file.reading() as connection:
            row = connection.execute("SELECT key FROM entry WHERE code = ?", (_code_digest(plain),)).fetchone()
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
        code = _code_digest(self.code(key).replace("-", ""))
        text = render_text(conversation, consent)
        said = (consent.publish, consent.train, consent.version, consent.day)
        with self._file.writing() as (connection, now):
            row = find_row(connection, key)
            if row is None:
                connection.execute(
                    "INSERT INTO entry (key, code, state, conversation, publish, train, version, day, person, address,"
                    " created, changed) VALUES (?, ?, 'draft', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (key, code, text, *said, person, address, now, now),
                )
            elif row["state"] == State.DRAFT:
                connection.execute(
                    "UPDATE entry SET conversation = ?, publish = ?, train = ?, version = ?, day = ?, changed = ?"
                    " WHERE key = ? AND conversation != ?",
                    (text, *said, now, key, text),
                )
            elif row["state"] != State.WITHDRAWN:
                raise OutboxError(
                    f"{key} is {row['state']}: its text is fixed", "keep what is said now under a new key"
                )
        return key

    def forget(self, key: str) -> None:
        """Delete a draft whose person took the consent back before the end: nothing of it stays."""
        with self._file.writing(wipes=True) as (connection, _):
            row = find_row(connection, key)
            if row is not None and row["state"] != State.DRAFT:
                raise OutboxError(f"{key} is {row['state']} and no draft any more", "withdraw it")
            connection.execute("DELETE FROM entry WHERE key = ?", (key,))

    def end(self, key: str) -> None:
        """Note that the chat of a draft has ended."""
        with self._file.writing() as (connection, now):
            known_row(connection, key)
            connection.execute(
                "UPDATE entry SET ended = ?, changed = ? WHERE key = ? AND ended = '' AND state = 'draft'",
                (now, now, key),
            )

    def rate(self, key: str, rating: SelfRating, least: float) -> State:
        """Draft → rated, or declined where the judgement that counts is below `least`; return the state.

        The record carries what the model said of it as `self_rating`.
        """
        with self._file.writing(wipes=True) as (connection, now):
            row = known_row(connection, key)
            if row["state"] in (State.RATED, State.DECLINED, State.WITHDRAWN):
                return State(row["state"])
            conversation = replace(read_text(row), self_rating=rating.own_score)
            new = State.RATED if rating.is_enough(least) else State.DECLINED
            changes = {
                "conversation": render_text(conversation, read_consent(row)),
                "reason": "" if new is State.RATED else _why_declined(rating, least),
                "ended": row["ended"] or now,
                **_render_rating(rating),
            }
            take_step(connection, row, new, now, changes)
            return new

    def screen(self, key: str, screened: ScreenedText) -> State:
        """Rated → screened with the masked text, or declined with the refusal; return the state."""
        with self._file.writing(wipes=True) as (connection, now):
            row = known_row(connection, key)
            if row["state"] in (State.SCREENED, State.DECLINED, State.WITHDRAWN):
                return State(row["state"])
            new = State.DECLINED if screened.refusal else State.SCREENED
            changes: dict[str, Any] = {"kinds": orjson.dumps(list(screened.kinds)).decode(), "reason": screened.refusal}
            if new is State.SCREENED:
                rated = read_text(row)
                masked = replace(screened.conversation, self_rating=rated.self_rating)
                changes["conversation"] = render_text(masked, read_consent(row))
            take_step(connection, row, new, now, changes)
            return new

    def plan(self, branch: str, keys: Sequence[str]) -> None:
        """Freeze a batch before anything of it is sent. Again with the same keys: nothing changes.

        Raises OutboxError, and freezes nothing, where a key is not screened or another batch is open.
        """
        with self._file.writing() as (connection, now):
            plan_batch(connection, branch, keys, now)

    def release(self, branch: str) -> None:
        """Undo the plan of a batch that never got out: its entries are free again. Raises OutboxError if it is submitted."""
        with self._file.writing() as (connection, now):
            release_batch(connection, branch, now)

    def submit(self, branch: str, pull: int) -> None:
        """Screened → submitted for a whole batch. Who withdrew in the meantime stays withdrawn, with the number noted."""
        with self._file.writing() as (connection, now):
            submit_batch(connection, branch, pull, now)

    def recall(self, branch: str) -> None:
        """Undo a submission whose pull request was closed to leave something out: submitted → screened, free again."""
        with self._file.writing() as (connection, now):
            recall_batch(connection, branch, now)

    def settle(self, branch: str) -> None:
        """Note that the host shows nothing more of what was withdrawn from a batch, and nothing is left to be done."""
        with self._file.writing() as (connection, now):
            settle_batch(connection, branch, now)

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
        with self._file.writing(wipes=True) as (connection, now):
            row = known_row(connection, key)
            if row["state"] not in (new, State.WITHDRAWN):
                take_step(connection, row, new, now, {"reason": reason})

    def read(self, key: str) -> Entry | None:
        """An entry by its key."""
        with self._file.reading() as connection:
            row = find_row(connection, key)
        return None if row is None else read_entry(row)

    def find(self, *states: State, batch: str | None = None) -> list[Entry]:
        """Entries in any of these states (none named: in any), of this batch ("": of none), oldest first."""
        wanted = states or tuple(State)
        marks = ",".join("?" * len(wanted))
        query = f"SELECT * FROM entry WHERE state IN ({marks}) AND (? IS NULL OR batch = ?) ORDER BY number"  # noqa: S608
        with self._file.reading() as connection:
            rows = connection.execute(query, (*wanted, batch, batch)).fetchall()
        return [read_entry(row) for row in rows]

    def counts(self) -> dict[State, int]:
        """How many entries are in each state; every state is there."""
        with self._file.reading() as connection:
            rows = connection.execute("SELECT state, count(*) AS entries FROM entry GROUP BY state").fetchall()
        found = {row["state"]: row["entries"] for row in rows}
        return {state: found.get(state, 0) for state in State}

    def sent(self, ids: Sequence[str]) -> frozenset[str]:
        """Which of these conversation ids were part of a batch before, whatever became of it."""
        with self._file.reading() as connection:
            return find_sent(connection, ids)

    def planned_on(self, day: str) -> int:
        """How many conversations were planned into batches on a day (YYYY-MM-DD, UTC), for the bot's limit of a day."""
        with self._file.reading() as connection:
            return count_planned(connection, day)

    def allowance(self, person: str, address: str, policy: ChatPolicy) -> str:
        """Empty where one more conversation of this person and address (pseudonyms of today) may be kept, else why not."""
        with self._file.reading() as connection:
            return explain_limit(connection, person, address, policy)

    def expire(self, policy: ChatPolicy) -> int:
        """Delete what is too old: texts that were not submitted in time, the pseudonyms of past days; return the texts."""
        now = self._clock()
        oldest = moment_of(now - timedelta(days=policy.retention_days))
        with self._file.writing(wipes=True) as (connection, moment):
            forget_people(connection, f"{now.astimezone(UTC):%Y-%m-%d}")
            return decline_old(connection, oldest, moment, policy)


def open_outbox(root: Path, environment: Mapping[str, str] = os.environ) -> Outbox:
    """The outbox of a checkout: the file that SELFSOWN_OUTBOX names, or `.selfsown/outbox.db`."""
    return Outbox(Path(environment.get("SELFSOWN_OUTBOX") or root / ".selfsown" / "outbox.db"))


def new_key() -> str:
    """A random key for an entry."""
    return f"o-{secrets.token_hex(16)}"


def _code_digest(plain: str) -> str:
    """What is kept of a withdraw code: enough to find its entry, not enough to withdraw it."""
    return hashlib.sha256(plain.encode()).hexdigest()


def _render_rating(rating: SelfRating) -> dict[str, Any]:
    """The judgement that counts, in columns."""
    decides = rating.decides
    judged = decides if isinstance(decides, Judgement) else None
    return {
        "rating": None if judged is None else rating_of(judged),
        "judge": decides.judge,
        "flags": orjson.dumps(list(judged.flags if judged else ())).decode(),
    }


def _why_declined(rating: SelfRating, least: float) -> str:
    decides = rating.decides
    if isinstance(decides, Judgement):
        return f"it was rated {rating_of(decides):.1f} of 10, and {least:g} is the least that is submitted"
    return f"it could not be rated: {decides.why}"
