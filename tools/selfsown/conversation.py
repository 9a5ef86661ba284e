"""A conversation and its turns: the record that flows through everything. No input or output here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from selfsown.canonical import content_id

ROLES = ("system", "user", "assistant")

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `role` is one of ROLES, `content` is plain text in NFC."""

    role: str
    content: str

    def to_json(self) -> dict[str, str]:
        """The turn as the `messages` form has it."""
        return {"role": self.role, "content": self.content}


def conversation_id(turns: tuple[Turn, ...]) -> str:
    """`c-` and 32 hex digits over `{"messages": [{content, role}…]}`: a licence fix keeps the id."""
    return content_id("c", {"messages": [turn.to_json() for turn in turns]})


@dataclass(frozen=True, slots=True)
class Conversation:
    """A chat as it happened, with where it came from.

    `created` is a date (YYYY-MM-DD, UTC): days are enough and say less about people than seconds. `self_rating` is
    what the chatbot said of its own conversation, 0 to 10. `model` wrote the assistant turns.
    """

    turns: tuple[Turn, ...]
    source: str
    license: str
    created: str
    language: str | None = None
    model: str | None = None
    self_rating: float | None = None
    contributor: str | None = None
    supersedes: str | None = None
    ext: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)

    @property
    def id(self) -> str:
        """The content id of the turns."""
        return conversation_id(self.turns)

    @property
    def is_multi_turn(self) -> bool:
        """Whether the user speaks more than once."""
        return sum(turn.role == "user" for turn in self.turns) > 1

    def to_json(self) -> dict[str, Any]:
        """The record of a shard line; unset fields are left out."""
        optional = {
            "language": self.language,
            "model": self.model,
            "self_rating": self.self_rating,
            "contributor": self.contributor,
            "supersedes": self.supersedes,
            "ext": dict(self.ext) or None,
        }
        return {
            "id": self.id,
            "messages": [turn.to_json() for turn in self.turns],
            "source": self.source,
            "license": self.license,
            "created": self.created,
            **{name: value for name, value in optional.items() if value is not None},
        }


def read_turns(messages: list[dict[str, str]]) -> tuple[Turn, ...]:
    """The turns of a `messages` list that has passed the schema."""
    return tuple(Turn(message["role"], message["content"]) for message in messages)


def read_conversation(record: Mapping[str, Any]) -> Conversation:
    """A conversation from a record that has passed the schema. Raises KeyError or TypeError on one that has not."""
    return Conversation(
        turns=read_turns(record["messages"]),
        source=record["source"],
        license=record["license"],
        created=record["created"],
        language=record.get("language"),
        model=record.get("model"),
        self_rating=record.get("self_rating"),
        contributor=record.get("contributor"),
        supersedes=record.get("supersedes"),
        ext=record.get("ext", _NOTHING),
    )
