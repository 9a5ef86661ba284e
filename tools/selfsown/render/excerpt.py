"""The part of a conversation worth showing where there is no room for all of it: how it starts and how it ends.

A secret in it is shown as its kind: a review goes further than the branch that it reviews.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from selfsown import sentences
from selfsown.conversation import Conversation, Turn
from selfsown.render.inert import visible
from selfsown.secret import without_secrets

FIRST_TURNS = 2
LAST_TURNS = 4
TITLE_CHARACTERS = 72


@dataclass(frozen=True, slots=True)
class Piece:
    """Something said, inert. `role` is None for a remark of ours (turns left out); `note` is our remark on a cut."""

    role: str | None
    text: str
    note: str = ""


def title(conversation: Conversation, most: int = TITLE_CHARACTERS) -> str:
    """What the user first asks, on one line."""
    asked = next((turn.content for turn in conversation.turns if turn.role == "user"), conversation.turns[0].content)
    return visible(" ".join(without_secrets(asked)[: 4 * most].split()), most)


def whole(turn: Turn, most: int) -> Piece:
    """One turn with its line breaks, at most `most` characters of it."""
    content = without_secrets(turn.content)
    shown = visible(content, most, keep="\n\t")
    over = len(content) - most
    return Piece(turn.role, shown, sentences.left_out_text(over) if over > 0 else "")


def excerpt(conversation: Conversation, most: int) -> list[Piece]:
    """About `most` characters of a conversation: its first and last turns, long ones cut, short ones whole."""
    turns = conversation.turns
    left_out = max(len(turns) - FIRST_TURNS - LAST_TURNS, 0)
    kept = (*turns[:FIRST_TURNS], *turns[FIRST_TURNS + left_out :])
    share = _share([len(turn.content) for turn in kept], most)
    pieces = [whole(turn, share) for turn in kept]
    if left_out:
        pieces.insert(FIRST_TURNS, Piece(None, sentences.left_out_turns(left_out)))
    return pieces


def _share(lengths: Sequence[int], most: int) -> int:
    """The length at which turns are cut to fit into `most` together; long ones get what short ones leave."""
    room = most
    for number, length in enumerate(sorted(lengths)):
        share = room // (len(lengths) - number)
        if length > share:
            return share
        room -= length
    return max(lengths, default=0)
