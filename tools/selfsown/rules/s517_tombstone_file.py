"""S517 tombstone-file: a tombstone is named after the record it removes, which is there."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.corpus import WITHDRAWN_PATH
from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S517"
NAME = "tombstone-file"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("withdrawn",)


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Compare path, id and date, and look the record up."""
    match, record = WITHDRAWN_PATH.fullmatch(entry.path), entry.record
    if match is None or match["id"] != record["id"] or not record["date"].startswith(match["month"]):
        right = f"corpus/withdrawn/{record['date'][:7]}/{record['id']}.json"
        yield Problem("the path does not fit the id and the date", f"the file must be {right}", "id")
    if record["date"] > context.latest:
        yield Problem(f"{record['date']} is in the future", "use today's date", "date")
    if record["id"] not in context.known and record["id"] not in context.added:
        yield Problem(
            f"there is no record {record['id']}", "look the id up with `selfsown status`", "id", level=Level.WARNING
        )
