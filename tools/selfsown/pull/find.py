"""Which pull requests need a review now, whatever became of the events that should have started it. Pure.

A review sets its status last, so a head without one of ours was never reviewed to its end: those come first. A pending
one and one that failed are taken up again after a while, the failed ones a few times only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from selfsown.host import Account, PostedStatus, Pull, StatusState
from selfsown.pull.present import is_me
from selfsown.pull.wanted import CONTEXT

MOST = 5  # at a time
MOST_ERRORS = 5  # of one head
PATIENCE = timedelta(minutes=30)

_UNSETTLED = (StatusState.PENDING, StatusState.ERROR)


def decide_due(
    pulls: Iterable[Pull], statuses: Mapping[str, Sequence[PostedStatus]], me: Account, now: datetime
) -> tuple[Pull, ...]:
    """The open pull requests to review now, those never reviewed before the others, oldest first, at most MOST.

    `statuses` are those of each head, newest first; a head that is not in it counts as settled. `now` is in UTC.
    """
    due = [pull for pull in pulls if pull.is_open and pull.head in statuses and _is_due(statuses[pull.head], me, now)]
    return tuple(sorted(due, key=lambda it: (bool(_own(statuses[it.head], me)), it.created, it.number))[:MOST])


def _own(statuses: Sequence[PostedStatus], me: Account) -> list[PostedStatus]:
    return [status for status in statuses if status.context == CONTEXT and is_me(status.author, me)]


def _is_due(statuses: Sequence[PostedStatus], me: Account, now: datetime) -> bool:
    own = _own(statuses, me)
    if not own:
        return True
    if own[0].state not in _UNSETTLED or sum(it.state is StatusState.ERROR for it in own) >= MOST_ERRORS:
        return False
    return now - datetime.fromisoformat(own[0].created) >= PATIENCE
