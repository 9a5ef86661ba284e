"""S505 only-added: files are added, never changed or removed: what was reviewed stays what it was."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.corpus import CARD
from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem
from selfsown.submission import Change

NUMBER = "S505"
NAME = "only-added"
LEVEL = Level.ERROR

_WORDS = {"D": "removes", "M": "changes", "T": "changes the type of"}


def check(change: Change, context: Context) -> Iterator[Problem]:
    """Corrections are new records with `supersedes`, removals are tombstones."""
    if change.status != "A" and change.path != CARD:
        yield Problem(
            f"the submission {_WORDS.get(change.status, 'touches')} a file that is already there",
            "put it back; correct with a new record that `supersedes`, a removal is a tombstone in corpus/withdrawn",
        )
