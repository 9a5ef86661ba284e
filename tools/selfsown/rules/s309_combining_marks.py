"""S309 combining-marks: no long runs of combining marks: they cost quadratic time and cover other lines."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.characters import mark_runs
from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S309"
NAME = "combining-marks"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework", "ratings", "source")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Name the first run of every field that is longer than the policy allows."""
    most = context.rulebook.policy.limits.combining_marks
    for field, text in entry.strings:
        run = None if text.isascii() else mark_runs(most).search(text)
        if run is not None:
            yield Problem(
                f"{len(run[0])} combining marks in a row at character {run.start() + 1}; at most {most} are allowed",
                "remove the superfluous marks",
                field,
            )
