"""What screening saw: where, what kind, and what follows. The text itself is never part of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from selfsown.conversation import Conversation, Turn


class Action(StrEnum):
    """MASK: its kind in brackets stands in its place. REFUSE: the conversation stays here. WARN: a person should look."""

    MASK = "mask"
    REFUSE = "refuse"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One find: its kind, the turn it stands in (from 0), and the text from `start` to `end`; both 0: the whole turn."""

    kind: str
    turn: int
    start: int
    end: int
    action: Action


@dataclass(frozen=True, slots=True)
class Screened:
    """What would be published, and why it is not.

    `conversation` is masked and normalised, its id is the one it would be published under; where it is refused, it is
    masked all the same, for whoever shows it. `sightings` are places in the
    conversation as it was given. `refusal` is empty, or a sentence with kinds and turns. `kinds` are sorted.
    """

    conversation: Conversation
    sightings: tuple[Sighting, ...]
    refusal: str
    kinds: tuple[str, ...]


def apart(sightings: Iterable[Sighting]) -> list[Sighting]:
    """In order, without overlaps: what is refused or masked goes before a warning, then the first, then the longest."""
    taken: dict[int, bytearray] = {}
    kept = []
    for one in sorted(sightings, key=lambda one: (one.turn, one.action is Action.WARN, one.start, -one.end)):
        turn = taken.setdefault(one.turn, bytearray())
        turn.extend(bytes(max(one.end - len(turn), 0)))
        if not any(turn[one.start : one.end]):
            turn[one.start : one.end] = b"\1" * (one.end - one.start)
            kept.append(one)
    return sorted(kept, key=lambda one: (one.turn, one.start, one.end))


def mask(turns: Sequence[Turn], sightings: Sequence[Sighting]) -> tuple[Turn, ...]:
    """The turns with the kind in brackets in place of everything that is to be masked, or refused and has a place."""
    return tuple(
        Turn(turn.role, _mask(turn.content, [one for one in sightings if one.turn == index]))
        for index, turn in enumerate(turns)
    )


def _mask(text: str, sightings: Sequence[Sighting]) -> str:
    parts, position = [], 0
    for one in sightings:
        if one.action is not Action.WARN and one.end:
            parts += [text[position : one.start], f"[{one.kind}]"]
            position = one.end
    return "".join([*parts, text[position:]])
