"""S502 unknown-file: corpus/ holds shards, sources and tombstones, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.corpus import CARD, SOURCE_PATH, WITHDRAWN_PATH
from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem
from selfsown.shard import SHARD_PATH
from selfsown.submission import Change

NUMBER = "S502"
NAME = "unknown-file"
LEVEL = Level.ERROR

_SHAPES = (SHARD_PATH, SOURCE_PATH, WITHDRAWN_PATH)


def check(change: Change, context: Context) -> Iterator[Problem]:
    """Compare the path with the three shapes."""
    if change.path != CARD and not any(shape.fullmatch(change.path) for shape in _SHAPES):
        yield Problem(
            "no file of this name belongs into corpus/",
            "`selfsown submit` names shards: corpus/<kind>/<YYYY-MM>/<hh>/<source>-<digest12>.jsonl",
        )
