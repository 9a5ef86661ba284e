"""Drafts of the time before the outbox was a database: one file per conversation. Taken in once, whole or not at all.

`.selfsown/outbox/c-….jsonl` waited, `.selfsown/outbox/submitted/c-….jsonl` was on a branch. The chat had rated both and
their person had agreed to publication and training; nothing was masked, so that a draft is screened before it goes out.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import orjson

from selfsown.consent import Consent
from selfsown.conversation import Conversation, read_conversation
from selfsown.outbox.entry import OutboxError, State
from selfsown.outbox.file import OutboxFile
from selfsown.outbox.rows import code_of, digest_code, insert_draft, key_of, known_row, render_text, take_step

_JUDGE = "self"  # it wrote down what the model said, not who said it


def old_drafts(folder: Path) -> list[Path]:
    """The files that wait to be taken in."""
    return sorted([*folder.glob("c-*.jsonl"), *folder.glob("submitted/c-*.jsonl")])


def adopt_drafts(file: OutboxFile, folder: Path) -> None:
    """Take the files in and remove them. A kill in between takes none in twice. Raises OutboxError on one that is broken."""
    paths = old_drafts(folder)
    if not paths:
        return
    drafts = [(_read_draft(path), path.parent != folder) for path in paths]
    secret = file.secret("code")
    with file.writing() as (connection, now):
        for draft, is_out in drafts:
            key = key_of(f"draft {draft.id}")
            consent = Consent(publish=True, train=True, day=draft.created)
            code = digest_code(code_of(secret, key))
            if not insert_draft(connection, (key, code), render_text(draft, consent), consent, now):
                continue
            rating = {"rating": draft.self_rating, "judge": _JUDGE, "ended": now}
            take_step(connection, known_row(connection, key), State.RATED, now, rating)
            if is_out:
                take_step(connection, known_row(connection, key), State.SCREENED, now, {})
                take_step(connection, known_row(connection, key), State.SUBMITTED, now, {"published": draft.id})
    for path in paths:
        path.unlink(missing_ok=True)
    for emptied in (folder / "submitted", folder):
        with suppress(OSError):  # somebody keeps something else there
            emptied.rmdir()


def _read_draft(path: Path) -> Conversation:
    try:
        return read_conversation(orjson.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OutboxError(
            f"the draft {path} does not read", "mend it, or move it out of that folder; no draft was taken in"
        ) from error
