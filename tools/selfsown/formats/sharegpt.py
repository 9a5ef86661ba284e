"""ShareGPT: `{"conversations": [{"from", "value"}…]}`, with every role word that is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from selfsown.formats.draft import Draft, Refused, Said, read_list, read_role, read_text, show

# Long answers were saved in pieces ("continue" was clicked), so turns of one speaker in a row are one turn.
MERGES_TURNS = True


def matches(entry: Mapping[str, Any]) -> bool:
    """Whether it has conversations."""
    return isinstance(entry.get("conversations", entry.get("conversation")), list)


def read_drafts(entry: Mapping[str, Any]) -> Iterable[Draft | Refused]:
    """One conversation; a `system` beside the list becomes its first turn."""
    turns: list[Said] = []
    system = entry.get("system") or entry.get("system_prompt")
    if isinstance(system, str) and system.strip():
        turns.append(("system", system))
    for index, said in enumerate(read_list(entry.get("conversations", entry.get("conversation")), "conversations")):
        if not isinstance(said, dict):
            raise Refused("not-this-format", f"turn {index} is {show(said)}, not an object")
        word = said["from"] if "from" in said else said.get("role")
        text = said["value"] if "value" in said else said.get("content")
        turns.append((read_role(word, index), read_text(text, index)))
    return (Draft(turns),)
