"""S501 outside-corpus: a data submission touches corpus/ alone."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.corpus import CARD
from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem
from selfsown.submission import Submission

NUMBER = "S501"
NAME = "outside-corpus"
LEVEL = Level.ERROR

_MOST_NAMED = 20


def check(submission: Submission, context: Context) -> Iterator[Problem]:
    """Data and code together are an error; code alone is a maintenance pull request, which a warning says."""
    outside = [change.path for change in submission.changes if not is_data(change.path)]
    is_mixed = len(outside) < len(submission.changes)
    for index, path in enumerate(outside[:_MOST_NAMED]):
        more = len(outside) - _MOST_NAMED
        rest = f"; so do {more:,} more paths" if index == _MOST_NAMED - 1 and more > 0 else ""
        if is_mixed:
            yield Problem(
                f"this is outside the data, which makes it a maintenance pull request{rest}",
                "put the data into a pull request of its own",
                path=path,
            )
        else:
            yield Problem(
                f"this is a maintenance pull request: it touches files that are not data{rest}",
                "a maintainer reviews it by hand; no judge looks at it",
                path=path,
                level=Level.WARNING,
            )


def is_data(path: str) -> bool:
    """Whether a path is the corpus's own: below corpus/, and not the card that describes it."""
    return path.startswith("corpus/") and path != CARD
