"""S509 shard-month: a shard stands in the folder of its month."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem, ShardFile
from selfsown.shard import SHARD_PATH

NUMBER = "S509"
NAME = "shard-month"
LEVEL = Level.ERROR


def check(shard: ShardFile, context: Context) -> Iterator[Problem]:
    """Name the first record of another month."""
    match = SHARD_PATH.fullmatch(shard.path)
    if match is None:
        return
    for entry in shard.entries:
        if not entry.record["created"].startswith(match["month"]):
            yield Problem(
                f"the record is of {entry.record['created'][:7]}, the folder of {match['month']}",
                "a shard holds one month; `selfsown submit` packs them so",
                "created",
                entry.line,
            )
            return
