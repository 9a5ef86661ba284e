"""S505 only-added: files are added, never changed or removed: what was reviewed stays what it was.

One change alone takes something out: a withdrawal. It removes shards; every record of them is withdrawn by a tombstone
(of the base or of this submission) or stands byte for byte in a shard that comes instead; and it brings nothing new.
"""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.corpus import CARD
from selfsown.finding import Level
from selfsown.removal import MOST_SHARDS
from selfsown.rules.rule import Context, Problem
from selfsown.shard import SHARD_PATH
from selfsown.submission import Change

NUMBER = "S505"
NAME = "only-added"
LEVEL = Level.ERROR

_WORDS = {"D": "removes", "M": "changes", "T": "changes the type of"}


def check(change: Change, context: Context) -> Iterator[Problem]:
    """Corrections are new records with `supersedes`, removals are withdrawals."""
    is_shard = SHARD_PATH.fullmatch(change.path) is not None
    if change.status == "A":
        if is_shard and context.removals.count and not context.removals.only_moves(change.content):
            yield Problem(
                "the submission takes records out of the corpus, and brings new ones in this file",
                "make two submissions of it; `selfsown withdraw` makes one that only takes out",
            )
    elif change.status == "D" and is_shard:
        yield from _check_removed(change.path, context)
    elif change.path != CARD:
        yield Problem(
            f"the submission {_WORDS.get(change.status, 'touches')} a file that is already there",
            "put it back; correct with a new record that `supersedes`, `selfsown withdraw` takes records out",
        )


def _check_removed(path: str, context: Context) -> Iterator[Problem]:
    removed = context.removals.shards.get(path)
    if context.removals.count > MOST_SHARDS:
        yield Problem(
            f"the submission removes {context.removals.count} shards; at most {MOST_SHARDS} are looked at",
            "make several submissions of it; `selfsown withdraw` does so",
        )
    elif removed is None:
        if path in context.base_paths:  # else another withdrawal took it already
            yield Problem("the submission removes a file that is already there", "put it back")
    elif removed.lost:
        lines = ", ".join(map(str, removed.lost[:10])) + (" …" if len(removed.lost) > 10 else "")
        yield Problem(
            f"the submission removes records that no tombstone withdraws (line {lines})",
            "put them back byte for byte; `selfsown withdraw ID` makes the whole change",
        )
    elif not removed.gone:
        yield Problem("the submission removes a shard of which nothing was withdrawn", "put it back")
