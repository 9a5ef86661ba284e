"""S508 shard-digest: the name of a shard carries the digest of its content."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem, ShardFile
from selfsown.shard import SHARD_PATH

NUMBER = "S508"
NAME = "shard-digest"
LEVEL = Level.ERROR


def check(shard: ShardFile, context: Context) -> Iterator[Problem]:
    """Compare both places of the path with the bytes."""
    match = SHARD_PATH.fullmatch(shard.path)
    if match is None or not shard.digest:
        return
    right = shard.digest[:12]
    if match["digest"] != right or match["fan"] != right[:2]:
        name = f"corpus/{match['kind']}/{match['month']}/{right[:2]}/{match['source']}-{right}.jsonl"
        yield Problem("the content is not what the name says", f"rename it to {name}")
