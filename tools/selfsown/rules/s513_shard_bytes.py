"""S513 shard-bytes: a shard is small enough for a review to show it."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem
from selfsown.submission import Change

NUMBER = "S513"
NAME = "shard-bytes"
LEVEL = Level.ERROR


def check(change: Change, context: Context) -> Iterator[Problem]:
    """Measure against the policy; a larger file is not read."""
    most = context.rulebook.policy.limits.shard_bytes
    if change.status != "D" and change.size > most:
        yield Problem(f"the file has {change.size:,} bytes; at most {most:,} are allowed", "split it; it was not read")
