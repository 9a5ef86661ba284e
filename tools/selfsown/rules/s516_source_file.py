"""S516 source-file: a source file is named after its id, and a new source is looked at by a maintainer."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S516"
NAME = "source-file"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("source",)


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """The name must be right; a new source is a warning even when all is right."""
    name = entry.record["id"]
    if entry.path != f"corpus/sources/{name}.toml":
        yield Problem(f"the file of the source {name} must be corpus/sources/{name}.toml", "rename it", "id")
    if name not in context.rulebook.sources:
        yield Problem(
            f"{name} is a new source",
            "a maintainer looks at its licence, origin and consent before the merge",
            level=Level.WARNING,
        )
