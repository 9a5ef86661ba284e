"""S512 shard-records: a shard holds at least one record, and no more than a person reads."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem, ShardFile

NUMBER = "S512"
NAME = "shard-records"
LEVEL = Level.ERROR


def check(shard: ShardFile, context: Context) -> Iterator[Problem]:
    """Count lines against the policy. Lines beyond the limit are not looked at."""
    most = context.rulebook.policy.limits.shard_records
    if shard.in_corpus and shard.lines > most:
        yield Problem(f"the shard has more than {most} records", "split it; the lines after that were not looked at")
    elif not shard.size:
        yield Problem("the file is empty", "leave it out")
