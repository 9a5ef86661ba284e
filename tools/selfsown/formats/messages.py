"""The `messages` form: `{"messages": [{"role", "content"}…]}`, also with the other fields of our own records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from selfsown.formats.draft import Draft, Refused, Said, read_list, read_role, read_text, show

MERGES_TURNS = False

FACTS = ("source", "license", "created", "language", "model", "self_rating", "contributor", "supersedes", "ext")
SOURCE_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:")
_PLAIN = frozenset({"role", "content"})


def matches(entry: Mapping[str, Any]) -> bool:
    """Whether it has messages."""
    return isinstance(entry.get("messages"), list)


def read_drafts(entry: Mapping[str, Any]) -> Iterable[Draft | Refused]:
    """One conversation; the fields that our records have are kept, any other is left behind.

    Other people's records have fields of these names too: a `source` that is no id of ours counts as missing, of a time
    in `created` only the day is kept. Every other field has to be what ours is, or the record is refused later.
    """
    draft = read_chat(entry)
    facts = {name: entry[name] for name in FACTS if entry.get(name) is not None}
    if not SOURCE_ID.fullmatch(str(facts.get("source", ""))):
        facts.pop("source", None)
    created = facts.get("created")
    if isinstance(created, str) and _TIME.match(created):
        facts["created"] = created[:10]
    draft.facts = facts
    return (draft,)


def read_chat(entry: Mapping[str, Any]) -> Draft:
    """The turns of a `messages` list: names are left out (they are personal data), weights are kept. Raises Refused."""
    turns: list[Said] = []
    weights: list[int | None] = []
    for index, message in enumerate(read_list(entry.get("messages"), "messages")):
        if not isinstance(message, dict):
            raise Refused("not-this-format", f"message {index} is {show(message)}, not an object")
        if message.keys() != _PLAIN:
            weights = weights or [None] * index
            weights.append(_read_weight(message, index))
        elif weights:
            weights.append(None)
        turns.append((read_role(message.get("role"), index), read_text(message.get("content"), index)))
    return Draft(turns, weights=weights if any(weight is not None for weight in weights) else [])


def _read_weight(message: dict[str, Any], index: int) -> int | None:
    if message.get("tool_calls") or message.get("function_call"):
        raise Refused("tool-turn", f"turn {index} calls a tool; only chats between two are taken")
    if message.get("audio") or (message.get("refusal") and not message.get("content")):
        raise Refused("not-text", f"turn {index} holds audio or a refusal object where its text should be")
    weight = message.get("weight")
    if weight is not None and weight not in (0, 1):
        raise Refused("bad-weight", f"turn {index} has the weight {show(weight)}; OpenAI knows 0 and 1")
    return None if weight is None else int(weight)
