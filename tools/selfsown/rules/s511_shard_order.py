"""S511 shard-order: records are sorted by id, so that the same records make the same shard."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem, ShardFile

NUMBER = "S511"
NAME = "shard-order"
LEVEL = Level.ERROR


def check(shard: ShardFile, context: Context) -> Iterator[Problem]:
    """Name the first record that comes too late. The same id twice is S602."""
    if not shard.in_corpus:
        return
    for before, entry in pairwise(shard.entries):
        if entry.record["id"] < before.record["id"]:
            yield Problem(
                f"the record should stand before that of line {before.line}", "sort the lines by id", "id", entry.line
            )
            return
