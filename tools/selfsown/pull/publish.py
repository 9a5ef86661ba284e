"""Make a pull request show what is wanted: read, decide, write, and after a fault read again before anything is repeated.

- The head is asked for before every write. Where it has moved or the pull request is closed nothing more is written.
  Before a line comment is hidden, so are the replies to it.
- Before anything is created, two readings some seconds apart have to agree that it is not there: the host's lists may
  lag behind a write whose answer was lost, or one of a run before. How long they lag at worst nobody says; whatever
  still comes twice is hidden at the next run.
- A rate limit is waited out where it is short; else the error is raised, and the sweeper comes back to it.
- Comments on lines that the host refuses are left out, and the review says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from selfsown.host import Host, Pull, PullFile, Refused, Unsure
from selfsown.pull.pace import Pace, persist
from selfsown.pull.present import Present, is_me, read_present
from selfsown.pull.reconcile import decide_writes
from selfsown.pull.wanted import CONTEXT, Wanted
from selfsown.pull.writes import (
    AddLabel,
    AddReview,
    AddSticky,
    EditLineComment,
    EditReview,
    EditSticky,
    Hide,
    RemoveLabel,
    SetStatus,
    Write,
)

Decide = Callable[[Pull, Sequence[PullFile]], Wanted]

_CREATES = (AddReview, AddSticky)
_MAY_BE_GONE = (EditReview, EditLineComment, EditSticky, Hide)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was written, and whether it was given up because the head moved or the pull request was closed."""

    written: tuple[Write, ...]
    is_superseded: bool
    tries: int


class _Gone(Unsure):
    """Something of ours that was to be changed is not there any more."""


def publish(host: Host, number: int, head: str, decide: Wanted | Decide, pace: Pace | None = None) -> Outcome:
    """Make pull request `number` at `head` show what `decide` says; it is asked once, with the files of that head.

    Raises Refused where the host says no, Busy where it asks for a longer wait, Unsure where it gave no answer in
    `pace.tries` tries. Whatever was written by then is taken up by the next run.
    """
    run = _Run(host, number, head, decide, pace or Pace())
    is_done = persist(run.attempt, run.pace)
    return Outcome(tuple(run.written), not is_done, run.tries)


def plan(host: Host, number: int, head: str, decide: Wanted | Decide) -> tuple[Write, ...] | None:
    """What `publish` would write now, or None where the head has moved or the pull request is closed. Only reads."""
    run = _Run(host, number, head, decide, Pace())
    present = run.read()
    return None if present is None else decide_writes(run.wanted(present.pull), present)


class _Run:
    """One call of publish: what was written so far, and what is wanted once that was asked."""

    def __init__(self, host: Host, number: int, head: str, decide: Wanted | Decide, pace: Pace) -> None:
        self.host = host
        self.number = number
        self.head = head
        self.decide = decide
        self.pace = pace
        self.written: list[Write] = []
        self.tries = 0

    def attempt(self) -> bool:
        """One try from reading to the last write; False where it was given up."""
        self.tries += 1
        writes = self.writes()
        if writes and _creates(writes):
            self.pace.sleep(self.pace.settle)
            first, writes = _creates(writes), self.writes()
            if writes and not _creates(writes) <= first:
                raise Unsure("GitHub's lists do not agree on what stands on the pull request", "try again later")
        for write in writes or ():
            if not self.stands():
                return False
            self.write(self.spare(write) if isinstance(write, Hide) else write)
        return writes is not None

    def writes(self) -> tuple[Write, ...] | None:
        present = self.read()
        return None if present is None else decide_writes(self.wanted(present.pull), present)

    def read(self) -> Present | None:
        pull = self.host.pull(self.number)
        return read_present(self.host, pull) if pull.is_open and pull.head == self.head else None

    def wanted(self, pull: Pull) -> Wanted:
        if not isinstance(self.decide, Wanted):
            self.decide = self.decide(pull, self.host.files(self.number))
        return self.decide

    def stands(self) -> bool:
        pull = self.host.pull(self.number)
        return pull.is_open and pull.head == self.head

    def spare(self, write: Hide) -> Hide:
        """The write without the line comments that somebody replied to since we read."""
        if all(it.line_comment is None for it in write.obsolete):
            return write
        me = self.host.me()
        replies = {it.reply_to for it in self.host.line_comments(self.number) if not is_me(it.author, me)} - {None}
        return Hide(tuple(it for it in write.obsolete if it.line_comment not in replies))

    def write(self, write: Write) -> None:
        try:
            _do(self.host, self.number, write)
        except Refused as error:
            if error.code == 404 and isinstance(write, _MAY_BE_GONE):
                raise _Gone(error.message, error.tip) from error
            if error.code != 422 or not isinstance(write, AddReview) or not write.comments or not self.stands():
                raise
            write = AddReview(write.head, write.bare_body, (), write.bare_body)
            _do(self.host, self.number, write)
        self.written.append(write)


def _do(host: Host, number: int, write: Write) -> None:
    match write:
        case AddReview():
            host.add_review(number, write.head, write.body, write.comments)
        case EditReview():
            host.edit_review(number, write.id, write.body)
        case EditLineComment():
            host.edit_line_comment(write.id, write.body)
        case AddSticky():
            host.add_comment(number, write.body)
        case EditSticky():
            host.edit_comment(write.id, write.body)
        case _:
            _do_small(host, number, write)


def _do_small(host: Host, number: int, write: Hide | AddLabel | RemoveLabel | SetStatus) -> None:
    match write:
        case Hide():
            host.hide([it.node for it in write.obsolete])
        case RemoveLabel():
            host.remove_label(number, write.label)
        case AddLabel():
            host.add_label(number, write.label)
        case SetStatus():
            host.set_status(write.head, CONTEXT, write.state, write.description, write.url)


def _creates(writes: Sequence[Write]) -> set[type]:
    return {type(write) for write in writes if isinstance(write, _CREATES)}
