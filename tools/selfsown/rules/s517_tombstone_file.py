"""S517 tombstone-file: a tombstone is named after the record it removes, which is there and goes with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from selfsown.conversation import read_turns
from selfsown.corpus import WITHDRAWN_PATH
from selfsown.finding import Level
from selfsown.nearness import sketch
from selfsown.removal import read_line
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S517"
NAME = "tombstone-file"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("withdrawn",)


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Compare path, id and date, and look the record up. One that stands in the base was looked at when it came."""
    match, record = WITHDRAWN_PATH.fullmatch(entry.path), entry.record
    if match is None or match["id"] != record["id"] or not record["date"].startswith(match["month"]):
        right = f"corpus/withdrawn/{record['date'][:7]}/{record['id']}.json"
        yield Problem("the path does not fit the id and the date", f"the file must be {right}", "id")
    if record["date"] > context.latest:
        yield Problem(f"{record['date']} is in the future", "use today's date", "date")
    if entry.path not in context.base_paths:
        yield from _check_new(record, context)


def _check_new(record: Mapping[str, Any], context: Context) -> Iterator[Problem]:
    name = record["id"]
    turns = _messages(name, context)
    if "sketch" in record and (turns is None or list(sketch(read_turns(turns))) != record["sketch"]):
        yield Problem(
            "the sketch is not that of a conversation that is there",
            "let `selfsown withdraw` write it, or leave it out",
            "sketch",
        )
    if name not in context.known and turns is None:
        yield Problem(f"there is no record {name}", "look the id up with `selfsown status`", "id", level=Level.WARNING)
    elif name in context.known and context.known[name] not in context.removals.shards:
        yield Problem(
            "the record stays in the tree; nobody trains on it, everybody can read it",
            f"`selfsown withdraw {name}` takes the text out, too",
            "id",
            level=Level.WARNING,
        )


def _messages(name: str, context: Context) -> list[dict[str, str]] | None:
    """The messages of a conversation of the base, or of one that only a rating brought, which goes with this submission."""
    found = context.find_conversation(name)
    if found is not None:
        return list(found["messages"])
    gone = (line for removed in context.removals.shards.values() for line in removed.gone)
    ratings = (rating for rating in map(read_line, gone) if rating.get("conversation") == name)
    return next((rating["messages"] for rating in ratings if "messages" in rating), None)
