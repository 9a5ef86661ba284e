"""What became of a batch: still open, merged whole or in part, closed; and taking it back where somebody has withdrawn.

Everything here looks before it writes, and the outbox is told last: a run that was struck down anywhere is taken up by the
next. The branch goes before the outcome is written down, so that nobody can open again what counts as declined.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from selfsown.bot.deliver import Place, find_pull
from selfsown.bot.ground import Ground, read_merged_ids
from selfsown.bot.words import TAKEN_BACK, render_taken_back
from selfsown.host import Host, Pull, Unsure
from selfsown.outbox.entry import Entry, State
from selfsown.outbox.store import Outbox
from selfsown.pull.pace import Pace
from selfsown.pull.present import is_me

CLOSED = "its pull request was closed without being merged"
DROPPED = "it was left out when its pull request was merged"


class Fate(StrEnum):
    """What a batch is now."""

    WAITS = "waits"  # planned, and nothing stands against sending it
    OPEN = "open"
    FREE = "free"  # its conversations are free for a new batch
    MERGED = "merged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Desk:
    """What the steps of one run share."""

    outbox: Outbox
    host: Host
    place: Place
    ground: Ground
    pace: Pace


@dataclass(frozen=True, slots=True)
class Learned:
    """What became of a batch, with its pull request, None where it never had one."""

    branch: str
    fate: Fate
    pull: int | None = None


def unsettled(outbox: Outbox) -> list[str]:
    """The batches about which something may be left to do, oldest first. At most one of them is not withdrawn whole."""
    entries = outbox.find(State.SCREENED, State.SUBMITTED, State.WITHDRAWN)
    return list(dict.fromkeys(entry.batch for entry in entries if entry.batch))


def learn(desk: Desk, branch: str) -> Learned:
    """Look at one batch at the host and bring the outbox up to date. One attempt: may be run again after a fault."""
    entries = desk.outbox.find(batch=branch)
    number = next((entry.pull for entry in entries if entry.pull is not None), None)
    if number is None:
        found = find_pull(desk.host, desk.place, branch, desk.pace)
        if found is None:
            return _learn_unsent(desk, branch, entries)
        number = found.number
        desk.outbox.submit(branch, number)
        entries = desk.outbox.find(batch=branch)
    pull = desk.host.pull(number)
    left_out = sum(entry.state is State.WITHDRAWN for entry in entries)
    if pull.is_open and not left_out:
        return Learned(branch, Fate.OPEN, number)
    # Closed, after we said that it would be: an earlier run was struck down there, and nobody has decided anything.
    is_ours = pull.merged_as is None and left_out and (pull.is_open or _has_said(desk.host, pull))
    return _take_back(desk, branch, pull, left_out) if is_ours else _finish(desk, branch, pull)


def _learn_unsent(desk: Desk, branch: str, entries: list[Entry]) -> Learned:
    """A batch without a pull request. It goes on only if its branch is there and nothing has changed about it."""
    known = desk.ground.corpus.known
    if any(entry.state is State.SUBMITTED and entry.published in known for entry in entries):
        _write_down(desk, branch, frozenset(), DROPPED)  # a branch of this checkout, which a person has merged
        return Learned(branch, Fate.MERGED)
    has_changed = any(entry.state is State.WITHDRAWN or entry.published in known for entry in entries)
    if not has_changed and desk.place.door.branch_sha(branch) is not None:
        return Learned(branch, Fate.WAITS)
    desk.place.door.delete_branch(branch)
    desk.outbox.release(branch)
    return Learned(branch, Fate.FREE)


def _take_back(desk: Desk, branch: str, pull: Pull, left_out: int) -> Learned:
    """Close our pull request because somebody has withdrawn; what is left goes into a new one."""
    host = desk.host
    if not _has_said(host, pull):
        desk.pace.sleep(desk.pace.settle)
        if not _has_said(host, pull):
            host.add_comment(pull.number, render_taken_back(left_out))
    host.close_pull(pull.number)
    _delete_branch(host, pull, branch)
    pull = host.pull(pull.number)
    if pull.merged_as is not None:
        return _finish(desk, branch, pull)
    if pull.is_open:
        raise Unsure(f"pull request {pull.number} does not close", "close it by hand, or run this again")
    desk.outbox.recall(branch)
    desk.outbox.settle(branch)
    return Learned(branch, Fate.FREE, pull.number)


def _has_said(host: Host, pull: Pull) -> bool:
    me = host.me()
    return any(is_me(it.author, me) and it.body.startswith(TAKEN_BACK) for it in host.comments(pull.number))


def _finish(desk: Desk, branch: str, pull: Pull) -> Learned:
    """Write down how a closed pull request ended."""
    _delete_branch(desk.host, pull, branch)
    pull = desk.host.pull(pull.number)
    if pull.is_open:  # somebody was quicker
        return Learned(branch, Fate.OPEN, pull.number)
    is_merged = pull.merged_as is not None
    inside = read_merged_ids(desk.host, pull.number, pull.merged_as) if pull.merged_as else frozenset()
    _write_down(desk, branch, inside, DROPPED if is_merged else CLOSED)
    return Learned(branch, Fate.MERGED if is_merged else Fate.CLOSED, pull.number)


def _write_down(desk: Desk, branch: str, inside: frozenset[str], otherwise: str) -> None:
    """Every entry of a batch that is over: merged, where the pull request or anybody brought it in, else declined."""
    for entry in desk.outbox.find(State.SUBMITTED, batch=branch):
        if entry.published in inside or entry.published in desk.ground.corpus.known:
            desk.outbox.merge(entry.key)
        else:
            desk.outbox.decline(entry.key, otherwise)
    desk.outbox.settle(branch)


def _delete_branch(host: Host, pull: Pull, branch: str) -> None:
    """Delete the branch of a pull request of ours, wherever it lies; a fork may be gone."""
    if pull.head_repository and pull.head_branch == branch and is_me(pull.author, host.me()):
        host.at(pull.head_repository).delete_branch(branch)
