"""A conversation that is longer than the model's window, as windows that fit: neighbours overlap by an exchange where
both fit, and each ends where the assistant has spoken.

An exchange is what is said up to an assistant turn. One that does not fit by itself keeps head and tail of its longest
turns. No more than MOST_WINDOWS are read, of the beginning and of the end. Coverage is the share of characters that
were shown in any window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from selfsown.conversation import Conversation, Turn

MOST_WINDOWS = 16

_CUT = "\n[\u2026]\n"
_CUT_TOKENS = 12  # at most, for the mark and the ends of words on both sides of it

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of one conversation, and the share of its text that is in them, 0 to 1."""

    shown: tuple[Conversation, ...]
    coverage: float


def decide_windows(conversation: Conversation, tokens: Sequence[int], room: int) -> Windows:
    """Windows of at most `room` tokens, as far as `tokens`, what each turn takes, are right."""
    spans = _choose(_spans(_exchanges(conversation.turns), tokens, room))
    shown, read = [], [0] * len(tokens)
    for first, end in spans:
        turns = _cut(conversation.turns[first:end], tokens[first:end], room)
        shown.append(replace(conversation, turns=tuple(turn for turn, _ in turns)))
        for index, (_, kept) in enumerate(turns, start=first):
            read[index] = max(read[index], kept)
    whole = sum(len(turn.content) for turn in conversation.turns)
    return Windows(tuple(shown), sum(read) / whole if whole else 1.0)


def _exchanges(turns: Sequence[Turn]) -> list[Span]:
    ends = [index + 1 for index, turn in enumerate(turns) if turn.role == "assistant"]
    if not ends or ends[-1] < len(turns):
        ends.append(len(turns))
    return list(zip([0, *ends], ends, strict=False))


def _spans(exchanges: Sequence[Span], tokens: Sequence[int], room: int) -> list[Span]:
    """(first turn, end) of each window: as many exchanges as fit, from the last one of the window before where it fits."""
    spans: list[Span] = []
    last = exchanges[0][0]
    for first, end in exchanges:
        if spans and sum(tokens[spans[-1][0] : end]) <= room:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((last if sum(tokens[last:end]) <= room else first, end))
        last = first
    return spans


def _choose(spans: list[Span]) -> list[Span]:
    half = MOST_WINDOWS // 2
    return spans if len(spans) <= MOST_WINDOWS else [*spans[:half], *spans[-half:]]


def _cut(turns: Sequence[Turn], tokens: Sequence[int], room: int) -> list[tuple[Turn, int]]:
    """Each turn as it is shown, and how many of its characters that are."""
    most = _most_each(tokens, room)
    return [_shorten(turn, count, most) for turn, count in zip(turns, tokens, strict=True)]


def _most_each(tokens: Sequence[int], room: int) -> int:
    """The most tokens a turn may have so that all fit: short turns stay whole, long ones share what is left."""
    left = room
    for rank, count in enumerate(sorted(tokens)):
        most = max(left // (len(tokens) - rank), 0)
        if count > most:
            return most
        left -= count
    return max(tokens)


def _shorten(turn: Turn, tokens: int, most: int) -> tuple[Turn, int]:
    if tokens <= most:
        return turn, len(turn.content)
    half = len(turn.content) * max(most - _CUT_TOKENS, 0) // tokens // 2
    head, tail = turn.content[:half], turn.content[len(turn.content) - half :]
    return replace(turn, content=f"{head}{_CUT}{tail}"), 2 * half
