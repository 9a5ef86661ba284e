"""Rows of the outbox's file and what they say. The text of a conversation stands in one column only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from selfsown.canonical import canonical_bytes
from selfsown.consent import Consent
from selfsown.conversation import Conversation, read_conversation
from selfsown.judgement import Judgement
from selfsown.outbox.entry import TEXTLESS, Entry, OutboxError, State, is_allowed
from selfsown.self_rating import SelfRating, rating_of

_CODE_CHARACTERS = 20  # of base32: 100 bits


def key_of(text: str) -> str:
    """A key that is always the same for this text: what is taken in twice is one entry."""
    return f"o-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def code_of(secret: bytes, key: str) -> str:
    """The withdraw code of a key."""
    return base64.b32encode(hmac.digest(secret, key.encode(), "sha256")).decode()[:_CODE_CHARACTERS]


def digest_code(code: str) -> str:
    """What is kept of a withdraw code: enough to find its entry, not enough to withdraw it."""
    return hashlib.sha256(code.encode()).hexdigest()


def insert_draft(
    connection: sqlite3.Connection,
    names: tuple[str, str],
    text: bytes,
    consent: Consent,
    now: str,
    people: tuple[str, str] = ("", ""),
) -> bool:
    """Add a draft under its key and code digest; False where the key is there already."""
    said = (consent.publish, consent.train, consent.version, consent.day)
    return bool(
        connection.execute(
            "INSERT INTO entry (key, code, state, conversation, publish, train, version, day, person, address, created,"
            " changed) VALUES (?, ?, 'draft', ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            (*names, text, *said, *people, now, now),
        ).rowcount
    )


def find_row(connection: sqlite3.Connection, key: str) -> sqlite3.Row | None:
    """The row of a key."""
    row: sqlite3.Row | None = connection.execute("SELECT * FROM entry WHERE key = ?", (key,)).fetchone()
    return row


def known_row(connection: sqlite3.Connection, key: str) -> sqlite3.Row:
    """The row of a key. Raises OutboxError where there is none."""
    row = find_row(connection, key)
    if row is None:
        raise OutboxError(f"the outbox has no entry {key}", "its person may have taken it back")
    return row


def take_step(
    connection: sqlite3.Connection, row: sqlite3.Row, new: State, now: str, changes: Mapping[str, Any]
) -> None:
    """Write a new state with what comes with it; the text goes where the state has none. Raises OutboxError."""
    if not is_allowed(State(row["state"]), new):
        raise OutboxError(f"{row['key']} is {row['state']} and cannot become {new}", "read its state first")
    written = {**changes, "state": str(new), "changed": now}
    if new in TEXTLESS:
        written["conversation"] = None
    columns = ", ".join(f"{name} = ?" for name in written)
    connection.execute(f"UPDATE entry SET {columns} WHERE key = ?", (*written.values(), row["key"]))  # noqa: S608


def render_text(conversation: Conversation, consent: Consent) -> bytes:
    """The record as it would be published: it carries what its person agreed to."""
    agreed = replace(conversation, ext={**conversation.ext, **consent.to_ext()})
    return canonical_bytes(agreed.to_json())


def read_text(row: sqlite3.Row) -> Conversation:
    """The conversation of a row that has one."""
    return read_conversation(orjson.loads(row["conversation"]))


def read_consent(row: sqlite3.Row) -> Consent:
    """What the person agreed to."""
    return Consent(bool(row["publish"]), bool(row["train"]), row["version"], row["day"])


def read_entry(row: sqlite3.Row) -> Entry:
    """The entry of a row."""
    return Entry(
        key=row["key"],
        state=State(row["state"]),
        conversation=None if row["conversation"] is None else read_text(row),
        consent=read_consent(row),
        person=row["person"],
        address=row["address"],
        rating=row["rating"],
        judge=row["judge"],
        flags=tuple(orjson.loads(row["flags"])),
        kinds=tuple(orjson.loads(row["kinds"])),
        reason=row["reason"],
        batch=row["batch"],
        pull=row["pull"],
        published=row["published"],
        ended=row["ended"],
        created=row["created"],
        changed=row["changed"],
    )


def rating_columns(rating: SelfRating) -> dict[str, Any]:
    """The judgement that counts, in columns."""
    decides = rating.decides
    judged = decides if isinstance(decides, Judgement) else None
    return {
        "rating": None if judged is None else rating_of(judged),
        "judge": decides.judge,
        "flags": orjson.dumps(list(judged.flags if judged else ())).decode(),
    }


def explain_decline(rating: SelfRating, least: float) -> str:
    """Why a conversation is not good enough, in words that hold no text of it."""
    decides = rating.decides
    if isinstance(decides, Judgement):
        return f"it was rated {rating_of(decides):.1f} of 10, and {least:g} is the least that is submitted"
    return f"it could not be rated: {decides.why}"
