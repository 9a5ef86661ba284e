"""A withdrawal in the outbox: what waits there, or went out from there, under a withdrawn id or as a near copy of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from selfsown.outbox.entry import Entry, State
from selfsown.outbox.store import Outbox
from selfsown.tombstone import FindNear, near_finder


def find_kept(outbox: Outbox, names: Set[str], sketches: Mapping[str, Sequence[int]]) -> list[Entry]:
    """The entries of these conversations, and near copies of them, that are not withdrawn yet."""
    find_near = near_finder(sketches)
    entries = outbox.find(*(state for state in State if state is not State.WITHDRAWN))
    return [entry for entry in entries if entry.published in names or _is_of(entry, names, find_near)]


def _is_of(entry: Entry, names: Set[str], find_near: FindNear) -> bool:
    told = entry.conversation
    return told is not None and (told.id in names or find_near(told.turns) is not None)
