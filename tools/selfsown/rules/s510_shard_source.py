"""S510 shard-source: a shard holds the records of the source in its name."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem, ShardFile
from selfsown.shard import SHARD_PATH

NUMBER = "S510"
NAME = "shard-source"
LEVEL = Level.ERROR


def check(shard: ShardFile, context: Context) -> Iterator[Problem]:
    """Name the first record of another source."""
    match = SHARD_PATH.fullmatch(shard.path)
    if match is None:
        return
    for entry in shard.entries:
        if entry.record["source"] != match["source"]:
            yield Problem(
                f"the record is of the source {entry.record['source']}, the file of {match['source']}",
                "a shard holds one source; `selfsown submit` packs them so",
                "source",
                entry.line,
            )
            return
