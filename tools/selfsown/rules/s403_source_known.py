"""S403 source-known: every record names a source that says where it comes from and on what terms."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem, ShardFile

NUMBER = "S403"
NAME = "source-known"
LEVEL = Level.ERROR


def check(shard: ShardFile, context: Context) -> Iterator[Problem]:
    """Once per unknown source of a file. Where a repository keeps no sources at all it is only a warning."""
    told: set[str] = set()
    has_sources = bool(context.rulebook.sources or context.new_sources)
    for entry in shard.entries:
        name = entry.record["source"]
        if name in told or context.source(name):
            continue
        told.add(name)
        yield Problem(
            f"there is no source {name!r}",
            f"add corpus/sources/{name}.toml (title, license, origin, contact, consent), or name one that is there",
            "source",
            entry.line,
            level=None if has_sources else Level.WARNING,
        )
