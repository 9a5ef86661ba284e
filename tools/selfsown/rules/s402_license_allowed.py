"""S402 license-allowed: the licence is one that this corpus takes."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S402"
NAME = "license-allowed"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework", "source")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Compare with the policy's list, letter by letter."""
    allowed = context.rulebook.policy.licenses.allowed
    if entry.record["license"] not in allowed:
        yield Problem(
            f"the licence {entry.record['license']!r} is not on the list",
            f"allowed are {', '.join(allowed)}; another one is a question for the maintainers",
            "license",
        )
