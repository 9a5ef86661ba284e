"""What was asked and decided on a pull request: one comment of ours, a table for people and all entries for us.

The entries are base64 of zlib of canonical JSON in an HTML comment. The same entries give the same text. A ledger that
does not read is never written over: it may hold ratings. Comments of others that look like one are none.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, dataclass

import orjson

from selfsown.canonical import canonical_bytes
from selfsown.commands import sentences
from selfsown.commands.parse import MOST_REASON
from selfsown.errors import SelfsownError
from selfsown.host import Account, PostedComment
from selfsown.pull.present import is_me
from selfsown.render.markdown import MOST_BYTES, span

MARKER = "<!-- selfsown:commands -->"
MOST_PACKED = 50_000  # bytes of the hidden part
MOST_PACKED_READERS = 44_000  # what is left beyond is for people with a role in the repository
_MOST_UNPACKED = 1 << 20
_MOST_ENTRIES = 5_000
_DATA = re.compile(r"<!-- selfsown:entries ([A-Za-z0-9+/]*={0,2}) -->", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """One command and what was decided. `comment` and `account` are the host's numbers, `position` counts from 0.

    `conversation` is the whole id it is about, or what was written where none was found. `code` is a Code of
    selfsown.commands.decide, `role` one of a rating's, `head` the commit it is bound to, `time` when it was written.
    """

    comment: int
    position: int
    account: int
    login: str
    verb: str
    conversation: str
    score: float | None
    reason: str
    role: str
    code: str
    head: str
    time: str

    @property
    def key(self) -> tuple[int, int]:
        """What names the command: the comment and the place in it."""
        return (self.comment, self.position)


class BrokenLedger(SelfsownError):
    """The comment that holds the commands does not read."""


def pack_entries(pull: int, entries: Iterable[Entry]) -> str:
    """The hidden part."""
    rows = [astuple(entry) for entry in sorted(entries, key=lambda entry: entry.key)]
    packed = zlib.compress(canonical_bytes({"format": 1, "pull": pull, "entries": rows}), 9)
    return base64.b64encode(packed).decode("ascii")


def unpack_entries(pull: int, packed: str) -> tuple[Entry, ...]:
    """The entries of a hidden part. Raises BrokenLedger; unpacks no more than a megabyte."""
    try:
        stream = zlib.decompressobj()
        data = stream.decompress(base64.b64decode(packed, validate=True), _MOST_UNPACKED)
        record = orjson.loads(data) if stream.eof else None
        rows = record["entries"] if isinstance(record, dict) and record.get("pull") == pull else None
        if not isinstance(rows, list) or len(rows) > _MOST_ENTRIES:
            raise _broken(pull)
        return tuple(_read_entry(pull, row) for row in rows)
    except (binascii.Error, zlib.error, orjson.JSONDecodeError, KeyError) as error:
        raise _broken(pull) from error


def read_ledger(
    pull: int, comments: Iterable[PostedComment], me: Account
) -> tuple[list[PostedComment], tuple[Entry, ...]]:
    """Our ledgers on a pull request, oldest first (there should be one), and the entries of all of them.

    Raises BrokenLedger where one does not read.
    """
    own = [comment for comment in comments if is_me(comment.author, me) and comment.body.startswith(MARKER)]
    entries: dict[tuple[int, int], Entry] = {}
    for comment in own:
        found = _DATA.findall(comment.body)
        if len(found) != 1:
            raise _broken(pull)
        for entry in unpack_entries(pull, found[0]):
            entries.setdefault(entry.key, entry)
    return own, tuple(entries[key] for key in sorted(entries))


def has_room(pull: int, entries: Collection[Entry], *, is_maintainer: bool, most: int) -> bool:
    """Whether a ledger may hold these entries. Some room is kept for people with a role, so that no crowd can fill it."""
    room = MOST_PACKED if is_maintainer else MOST_PACKED_READERS
    return len(entries) <= most and len(pack_entries(pull, entries)) <= room


def render_ledger(pull: int, entries: Sequence[Entry]) -> str:
    """The body of the comment, at most MOST_BYTES; where the table does not fit, its oldest rows are left out."""
    hidden = f"<!-- selfsown:entries {pack_entries(pull, entries)} -->"
    rows = [_row(entry) for entry in sorted(entries, key=lambda entry: entry.key)]
    room = MOST_BYTES - len(hidden) - 2_000
    kept: list[str] = []
    for row in reversed(rows):
        room -= len(row.encode()) + 1
        if room < 0:
            break
        kept.insert(0, row)
    table = "\n".join(["| who | command | decision | head | day |", "|---|---|---|---|---|", *kept])
    left = sentences.left_out(len(rows) - len(kept)) if len(kept) < len(rows) else ""
    details = f"<details><summary>{sentences.ledger_summary(len(rows))}</summary>\n\n{table}\n\n</details>"
    return "\n\n".join(part for part in (MARKER, details, left, sentences.LEDGER, hidden) if part) + "\n"


def _row(entry: Entry) -> str:
    parts = ["/" + entry.verb, "" if entry.score is None else f"{entry.score:g}", entry.conversation[:14]]
    command = " ".join(filter(None, parts))
    cells = [
        f"{entry.account} {span(entry.login, 40)}",
        span(command, 40),
        sentences.code(entry.code),
        span(entry.head[:12], 12),
        entry.time[:10],
    ]
    return f"| {' | '.join(cells)} |"


_TYPES = (int, int, int, str, str, str, float | int | None, str, str, str, str, str)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:\.[0-9]{1,9})?(?:Z|\+00:00)", re.ASCII)


def _read_entry(pull: int, row: object) -> Entry:
    if not isinstance(row, list) or len(row) != len(_TYPES):
        raise _broken(pull)
    if not all(isinstance(value, kind) for value, kind in zip(row, _TYPES, strict=True)):
        raise _broken(pull)
    entry = Entry(*row)
    if len(entry.reason) > MOST_REASON or not _DAY.fullmatch(entry.time):
        raise _broken(pull)
    return entry


def _broken(pull: int) -> BrokenLedger:
    return BrokenLedger(
        f"the comment with the commands of pull request {pull} does not read",
        "restore it from its edit history, or delete it: then it starts empty",
    )
