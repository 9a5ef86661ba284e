"""OpenAI chat fine-tuning: `messages` with possible names, weights, tools and lists of content parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from selfsown.formats.draft import Draft, Refused
from selfsown.formats.messages import read_chat

MERGES_TURNS = False

_ENTRY_KEYS = frozenset({"tools", "functions", "parallel_tool_calls"})
_MESSAGE_KEYS = frozenset({"role", "content"})


def matches(entry: Mapping[str, Any]) -> bool:
    """Whether it has messages with anything that the plain `messages` form has not."""
    messages = entry.get("messages")
    if not isinstance(messages, list):
        return False
    return bool(_ENTRY_KEYS & entry.keys()) or any(
        isinstance(message, dict)
        and (
            message.keys() != _MESSAGE_KEYS or not isinstance(message["content"], str) or message["role"] == "developer"
        )
        for message in messages
    )


def read_drafts(entry: Mapping[str, Any]) -> Iterable[Draft | Refused]:
    """One conversation. Weights are kept in `ext`, for `selfsown export --format openai`; tool calls are refused."""
    return (read_chat(entry),)
