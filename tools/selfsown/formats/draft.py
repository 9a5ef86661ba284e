"""What a format reads out of one entry of a file: a draft of a conversation, not clean yet, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Said = tuple[str, str]

ROLES: Mapping[str, str] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "ai": "assistant",
    "model": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "claude": "assistant",
}
TOOL_ROLES = frozenset({"tool", "function", "function_call", "function_response", "observation", "tool_response"})


@dataclass(slots=True)
class Draft:
    """Turns as (role, text) in our role words, and the facts of the entry that are fields of a Conversation.

    `weights` are those of the OpenAI form, one per turn (None: not given); empty where no turn has one.
    """

    turns: list[Said]
    facts: Mapping[str, Any] = field(default_factory=dict)
    weights: list[int | None] = field(default_factory=list)


class Refused(Exception):
    """Why an entry, or the branch `part` of it, becomes no conversation: a reason code and a sentence."""

    def __init__(self, reason: str, sentence: str, part: Any = None) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence
        self.part = part


class Format(Protocol):
    """A module of this package."""

    MERGES_TURNS: bool

    def matches(self, entry: Mapping[str, Any]) -> bool:
        """Whether an entry looks like this format."""

    def read_drafts(self, entry: Mapping[str, Any]) -> Iterable[Draft | Refused]:
        """The conversations of an entry, and the branches of it that are none. Raises Refused for all of it."""


def read_role(word: Any, index: int) -> str:
    """Our role for a role word. Raises Refused."""
    if isinstance(word, str):
        role = ROLES.get(word) or ROLES.get(word.strip().lower())
        if role is not None:
            return role
    if isinstance(word, str) and word.strip().lower() in TOOL_ROLES:
        raise Refused(
            "tool-turn", f"turn {index} is said by a tool ({word.strip()[:40]}); only chats between two are taken"
        )
    raise Refused("unknown-role", f"turn {index} has the role {show(word)}, which is none of system, user, assistant")


def read_text(content: Any, index: int) -> str:
    """The text of a turn: a string, or a list of text parts, joined by line feeds. Raises Refused."""
    if isinstance(content, str):
        return content
    if content is None:
        raise Refused("no-text", f"turn {index} has no text")
    if not isinstance(content, list):
        raise Refused("not-text", f"turn {index} holds {show(content)} where its text should be")
    parts = []
    for part in content:
        kind = part.get("type", "text") if isinstance(part, dict) else None
        if isinstance(part, str):
            parts.append(part)
        elif (
            isinstance(part, dict)
            and kind in ("text", "input_text", "output_text")
            and isinstance(part.get("text"), str)
        ):
            parts.append(part["text"])
        else:
            raise Refused("not-text", f"turn {index} has a part of the kind {show(kind)}; only text is taken")
    return "\n".join(parts)


def read_list(value: Any, name: str) -> list[Any]:
    """A list that is there and has entries. Raises Refused."""
    if not isinstance(value, list):
        raise Refused("not-this-format", f"there is no list called {name}")
    if not value:
        raise Refused("no-exchange", f"{name} is empty")
    return value


def show(value: Any) -> str:
    """A value in a sentence: short, and inert in a terminal."""
    text = ascii(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
