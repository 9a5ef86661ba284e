"""The `messages` form: `{"messages": [{"role", "content"}…]}`, also with the other fields of our own records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from selfsown.formats.draft import Draft, Refused, Said, read_list, read_role, read_text, show

MERGES_TURNS = False

FACTS = ("license", "created", "language", "model")
OWN_FACTS = (*FACTS, "source", "self_rating", "contributor", "supersedes", "ext")
_OWN_ID = re.compile(r"c-[0-9a-f]{32}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:")
_PLAIN = frozenset({"role", "content"})


def matches(entry: Mapping[str, Any]) -> bool:
    """Whether it has messages."""
    return isinstance(entry.get("messages"), list)


def read_drafts(entry: Mapping[str, Any]) -> Iterable[Draft | Refused]:
    """One conversation; of our own records, which carry our id, every field is kept.

    Other people's records have fields of these names too. Of theirs only what means the same everywhere is kept: the
    licence, the day, the language, the model; their `source` and `contributor` are ids of another place.
    """
    draft = read_chat(entry)
    is_ours = bool(_OWN_ID.fullmatch(str(entry.get("id"))))
    facts = {name: entry[name] for name in (OWN_FACTS if is_ours else FACTS) if entry.get(name) is not None}
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
