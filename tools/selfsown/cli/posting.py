"""From a review to the pull request: what is written, or what would be, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from selfsown.cli import hosting
from selfsown.cli.console import say
from selfsown.host import Host, Pull, PullFile
from selfsown.policy import ReviewPolicy
from selfsown.pull.pace import Pace
from selfsown.pull.publish import plan, publish
from selfsown.pull.wanted import Wanted, decide_wanted
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
from selfsown.review import Review
from selfsown.sentences import count

PACE = Pace()


@dataclass(frozen=True, slots=True)
class Posted:
    """`outcome` is posted, dry-run or superseded; `writes` are those that were made or, in a dry run, would be."""

    outcome: str
    writes: tuple[Write, ...]


def post_review(host: Host, number: int, review: Review, policy: ReviewPolicy, *, is_real: bool) -> Posted:
    """Make a pull request show a review, or say what that would write. Raises HostError."""

    def decide(pull: Pull, files: Sequence[PullFile]) -> Wanted:
        return decide_wanted(review, policy, pull, files, hosting.read_run_url())

    if is_real:
        done = publish(host, number, review.head, decide, PACE)
        posted = Posted("superseded" if done.is_superseded else "posted", done.written)
    else:
        planned = plan(host, number, review.head, decide)
        posted = Posted("superseded" if planned is None else "dry-run", planned or ())
    _tell(number, posted)
    return posted


def render_write(write: Write) -> str:
    """One write in a few words."""
    match write:
        case AddReview():
            said = f"post a review with {len(write.comments)} comments on lines"
        case EditReview():
            said = f"edit review {write.id}"
        case EditLineComment():
            said = f"edit comment {write.id} on a line"
        case AddSticky():
            said = f"post the one comment ({len(write.body.encode()):,} bytes)"
        case EditSticky():
            said = f"edit the one comment, {write.id}"
        case Hide():
            said = f"hide {count(len(write.obsolete), 'comment')} of ours"
        case RemoveLabel() | AddLabel():
            said = f"{'add' if isinstance(write, AddLabel) else 'remove'} label {write.label}"
        case SetStatus():
            said = f"set the status to {write.state.value}: {write.description}"
    return said


def _tell(number: int, posted: Posted) -> None:
    if posted.outcome == "superseded":
        say(superseded(number))
        return
    say(f"{len(posted.writes)} writes to pull request {number}{'' if posted.outcome == 'posted' else ' would be made'}")
    for write in posted.writes:
        say(f"  {render_write(write)}")
    if posted.outcome == "dry-run":
        say("this was a dry run; with --publish it is done")


def superseded(number: int) -> str:
    """Why nothing is done for a head that is not the pull request's any more."""
    return f"superseded: pull request {number} is closed, or has another head by now, which gets a review of its own"
