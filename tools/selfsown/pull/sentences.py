"""What the reviewer says on a pull request besides the review itself (selfsown.sentences). Nothing here quotes anybody."""

from __future__ import annotations

from selfsown import sentences
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
from selfsown.review import Decision, Party, Review

NO_LINE_COMMENTS = (
    "GitHub did not take the comments on lines, so everything stands in the one comment of this conversation."
)


def verdict(review: Review) -> str:
    """The body of the review: the decision, whose turn it is, and where the whole of it stands."""
    return (
        f"**{sentences.headline(review)}** {sentences.waiting(review)}.\n\n"
        "All of it, with what to do next, stands in the one comment of this conversation, which is kept up to date."
    )


def outstanding() -> str:
    """The body of an earlier review while the judge has not answered for what was pushed since."""
    return (
        "**This is about an earlier push.** The judge has not answered yet for the newest one; "
        "the one comment of this conversation says where that stands."
    )


def files_missing(shown: int, changed: int) -> str:
    """Where GitHub lists fewer files than the pull request changes."""
    return (
        f"GitHub lists {shown} of the {sentences.count(changed, 'changed file')}. The rules read all of them from git, "
        "but not every line could get its comment: a maintainer has to look at the whole change."
    )


def status(review: Review) -> str:
    """The commit status in a few words."""
    if review.waiting_on is Party.JUDGE:
        return "Waiting on the judge; it runs again by itself."
    return {
        Decision.FINE: "Nothing blocks this. A person may merge it.",
        Decision.CHANGES: f"Needs changes: {sentences.count(review.counts['errors'], 'error')} to mend.",
        Decision.HUMAN: "Nothing blocks this; it needs a person's look.",
    }[review.decision]


def written(write: Write) -> str:
    """A write in a few words, as a dry run lists it."""
    said = {
        EditReview: "edit the review",
        EditLineComment: "edit a comment on a line",
        AddSticky: "post the one comment",
        EditSticky: "edit the one comment",
        Hide: "hide something of ours that no longer holds",
    }
    match write:
        case AddReview():
            return f"post the review with {sentences.count(len(write.comments), 'comment')} on lines"
        case RemoveLabel() | AddLabel():
            return f"{'take off' if isinstance(write, RemoveLabel) else 'put on'} the label {write.label}"
        case SetStatus():
            return f"set the status to {write.state.value}: {write.description}"
        case _:
            return said[type(write)]
