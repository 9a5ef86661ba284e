"""A withdrawal in the outbox: what waits there, or went out from there, under a withdrawn id, as a near copy, or by somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from selfsown.outbox.entry import State
from selfsown.outbox.store import Outbox
from selfsown.tombstone import near_finder


def withdraw_kept(
    outbox: Outbox,
    names: Set[str],
    sketches: Mapping[str, Sequence[int]],
    contributor: str | None = None,
    *,
    is_real: bool,
) -> frozenset[str]:
    """Withdraw the entries of these conversations, near copies of them, and those that name the contributor.

    Returns the ids they go by, again each time where an entry still has one.

    `is_real` False only looks. A pull request that one is part of is left to `selfsown submit`, which takes it out.
    """
    find_near = near_finder(sketches)
    found = set()
    for entry in outbox.find():
        told = entry.conversation
        name = entry.published or (told.id if told else "")
        is_by = told is not None and contributor is not None and told.contributor == contributor
        if name and (name in names or is_by or (told is not None and find_near(told.turns) is not None)):
            found.add(name)
            if is_real and entry.state is not State.WITHDRAWN:
                outbox.withdraw(entry.key)
    return frozenset(found)
