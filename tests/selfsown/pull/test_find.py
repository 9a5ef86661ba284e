"""Which pull requests the sweeper takes up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from selfsown.host import StatusState
from selfsown.pull.find import MOST, decide_due

NOW = datetime(2026, 9, 14, 12, 0, tzinfo=UTC)
EARLY, JUST_NOW = "2026-09-14T11:00:00Z", "2026-09-14T11:45:00Z"


def is_due(posted, *statuses) -> bool:
    pull = posted.pull()
    return decide_due([pull], {pull.head: statuses}, posted.me, NOW) == (pull,)


def test_a_head_without_a_status_of_ours_is_due(posted):
    assert is_due(posted)
    assert is_due(posted, posted.status(StatusState.SUCCESS, author=posted.mira))
    assert is_due(posted, posted.status(StatusState.SUCCESS, context="ci/other"))


@pytest.mark.parametrize("state", [StatusState.SUCCESS, StatusState.FAILURE])
def test_a_settled_head_is_not(posted, state):
    assert not is_due(posted, posted.status(state, created=EARLY), posted.status(StatusState.PENDING, created=EARLY))


@pytest.mark.parametrize("state", [StatusState.PENDING, StatusState.ERROR])
def test_what_is_unsettled_is_due_after_a_while(posted, state):
    assert is_due(posted, posted.status(state, created=EARLY))
    assert not is_due(posted, posted.status(state, created=JUST_NOW))


def test_after_five_errors_it_is_left_to_people(posted):
    errors = [posted.status(StatusState.ERROR, created=EARLY)] * 4
    assert is_due(posted, *errors)
    assert not is_due(posted, *errors, errors[0])
    others = [posted.status(StatusState.ERROR, created=EARLY, author=posted.mira)] * 9
    assert is_due(posted, errors[0], *others)


def test_the_oldest_come_first_and_only_a_few(posted):
    pulls = [posted.pull(number=n, head=f"{n:040x}", created=f"2026-09-{20 - n:02}T00:00:00Z") for n in range(1, 9)]
    due = decide_due(pulls, {pull.head: [] for pull in pulls}, posted.me, NOW)
    assert [pull.number for pull in due] == [8, 7, 6, 5, 4]
    assert len(due) == MOST


def test_closed_ones_and_heads_nobody_asked_about_are_not(posted):
    closed = posted.pull(is_open=False)
    assert decide_due([closed], {closed.head: []}, posted.me, NOW) == ()
    assert decide_due([posted.pull()], {}, posted.me, NOW) == ()


def test_one_that_waits_for_ever_keeps_no_new_one_from_its_first_review(posted):
    waiting = [posted.pull(number=n, head=f"{n:040x}", created="2026-09-01T00:00:00Z") for n in range(1, 7)]
    new = posted.pull(number=9, head=f"{9:040x}", created="2026-09-14T00:00:00Z")
    pending = [posted.status(StatusState.PENDING, created=EARLY)]
    due = decide_due([*waiting, new], {**{it.head: pending for it in waiting}, new.head: []}, posted.me, NOW)
    assert [pull.number for pull in due] == [9, 1, 2, 3, 4]
