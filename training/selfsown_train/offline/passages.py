"""A conversation cut into what measurements look at: the last request, its answer, and sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from selfsown.conversation import Conversation, Turn

# A sentence ends at its mark before a space, or with the line; a list item is a sentence of its own.
_BREAK = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][\"')\]»”])\s+|(?<=[。！？])")
_BULLET = re.compile(r"^\s*(?:[-*•>#|]+|\d{1,3}[.)])\s+")
_SHORTEST = 2  # characters


@dataclass(frozen=True, slots=True)
class Passages:
    """What was said before the last answer, the last request, and the last answer ("" where the user spoke last)."""

    before: tuple[Turn, ...]
    request: str
    answer: str


def read_passages(conversation: Conversation) -> Passages:
    """The parts of a conversation."""
    turns = conversation.turns
    answered = bool(turns) and turns[-1].role == "assistant"
    before = turns[:-1] if answered else turns
    request = next((turn.content for turn in reversed(before) if turn.role == "user"), "")
    return Passages(before, request, turns[-1].content if answered else "")


def split_sentences(text: str, most: int) -> list[str]:
    """The sentences of a text, at most `most`: where there are more, neighbours are joined, so that none is left out."""
    found = [part.strip() for line in text.splitlines() for part in _BREAK.split(_BULLET.sub("", line))]
    return join_neighbours([part for part in found if len(part) >= _SHORTEST], most)


def join_neighbours(parts: Sequence[str], most: int) -> list[str]:
    """At most `most` texts: neighbours joined in even groups."""
    if len(parts) <= most:
        return list(parts)
    edges = [len(parts) * index // most for index in range(most + 1)]
    return [" ".join(parts[start:end]) for start, end in pairwise(edges)]
