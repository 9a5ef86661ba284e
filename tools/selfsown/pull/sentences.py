"""What the reviewer says on a pull request besides the review itself (selfsown.sentences). Nothing here quotes anybody."""

from __future__ import annotations

from selfsown import sentences
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
