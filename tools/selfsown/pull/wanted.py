"""What a pull request should show for a review. Pure: nothing here knows what it shows now.

A field that is None is left as it is. While the judge has not answered there is no verdict: none is posted, and one
from an earlier push stays with a body that says so, because only a verdict that flips is worth a notification.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from selfsown.host import Pull, PullFile, StatusState
from selfsown.policy import ReviewPolicy
from selfsown.pull import sentences
from selfsown.pull.anchors import read_anchors
from selfsown.render.markdown import Comment, render_comments, render_markdown
from selfsown.review import Decision, Party, Review

CONTEXT = "selfsown/review"
LABELS = {
    Party.AUTHOR: "waiting:author",
    Party.REVIEWER: "waiting:reviewer",
    Party.JUDGE: "waiting:judge",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The review: its decision, its body without the marker, and its comments on lines."""

    decision: Decision
    body: str
    comments: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """The commit status on the head; `url` is where its details are, and is not compared."""

    state: StatusState
    description: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything of ours on a pull request whose head is `head`.

    `verdict` None with `outstanding` set: a verdict of ours that stands gets that body and keeps its decision.
    """

    head: str
    status: Status
    verdict: Verdict | None = None
    outstanding: str | None = None
    sticky: str | None = None
    label: str | None = None


def decide_wanted(
    review: Review, policy: ReviewPolicy, pull: Pull, files: Sequence[PullFile], url: str | None = None
) -> Wanted:
    """What `pull` should show for `review`. `files` are those the host lists, with the patches it shows."""
    waits = review.waiting_on is Party.JUDGE
    missing = [sentences.files_missing(len(files), pull.changed_files)] if len(files) < pull.changed_files else []
    body = "\n\n".join([sentences.verdict(review), *missing])
    comments = () if waits else render_comments(review, policy, read_anchors(files))
    return Wanted(
        head=review.head,
        status=Status(_state(review), sentences.status(review), url),
        verdict=None if waits else Verdict(review.decision, body, comments),
        outstanding=sentences.outstanding() if waits else None,
        sticky=render_markdown(review, policy),
        label=LABELS[review.waiting_on],
    )


def decide_failed(head: str, why: str, url: str | None = None) -> Wanted:
    """What is shown where the tool itself failed: the status says so, everything else stays as it is."""
    return Wanted(head, Status(StatusState.ERROR, why[:140], url))


def _state(review: Review) -> StatusState:
    """A person's look is asked for by the ruleset, not by the status: HUMAN is no failure."""
    if review.decision is Decision.CHANGES:
        return StatusState.FAILURE
    return StatusState.PENDING if review.waiting_on is Party.JUDGE else StatusState.SUCCESS
