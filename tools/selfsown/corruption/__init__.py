"""Conversations broken on purpose: each kind breaks one criterion of the rubric, so the label comes for free.

A change depends on the conversation's id, the kind and the seed alone. What is broken stays a plausible conversation:
a judge that only knows wreckage learns nothing about answers that look good.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from selfsown.conversation import Conversation
from selfsown.corruption import (
    correction,
    echo,
    empty,
    entity,
    forged,
    garble,
    injection,
    leak,
    misplaced,
    negation,
    off_topic,
    refusal,
    repetition,
    swap,
    truncation,
    unfair,
    wrong_number,
)
from selfsown.corruption.correction import CORRECTED_WELL, make_correction_pairs
from selfsown.corruption.kind import Broken, CorruptionKind, Pair, Setting, dice_for
from selfsown.corruption.neighbours import Neighbours, build_neighbours
from selfsown.errors import UsageError

__all__ = [
    "CORRECTED_WELL",
    "KINDS",
    "Broken",
    "CorruptionKind",
    "Neighbours",
    "Pair",
    "build_neighbours",
    "corrupt",
    "find_kinds",
    "make_correction_pairs",
    "make_pairs",
]

# By the criterion that each breaks, in the rubric's order.
KINDS: tuple[CorruptionKind, ...] = (
    truncation.KIND,
    swap.KIND,
    misplaced.KIND,
    wrong_number.KIND,
    negation.KIND,
    entity.KIND,
    empty.KIND,
    echo.KIND,
    refusal.KIND,
    off_topic.KIND,
    repetition.KIND,
    garble.KIND,
    leak.KIND,
    unfair.KIND,
    correction.KIND,
    injection.KIND,
    forged.KIND,
)


def find_kinds(names: Sequence[str]) -> tuple[CorruptionKind, ...]:
    """The kinds of these names, in the order of KINDS. Raises UsageError on a name that is none."""
    known = {kind.name: kind for kind in KINDS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"there is no corruption {unknown[0]!r}", f"one of: {', '.join(known)}")
    return tuple(kind for kind in KINDS if kind.name in names)


def corrupt(
    conversation: Conversation, kind: CorruptionKind, seed: int, neighbours: Neighbours, *, is_unseen: bool = False
) -> Conversation | None:
    """The conversation with one defect of a kind, or None where the kind does not apply to it."""
    broken = break_by(conversation, kind, seed, neighbours, is_unseen=is_unseen)
    return None if broken is None else broken.worse


def break_by(
    conversation: Conversation, kind: CorruptionKind, seed: int, neighbours: Neighbours, *, is_unseen: bool = False
) -> Broken | None:
    """Both sides of a change: the better one differs from the conversation where a correction had to be added."""
    return kind.function(conversation, Setting(dice_for(conversation.id, kind.name, seed), neighbours, is_unseen))


def make_pairs(
    conversations: Iterable[Conversation],
    kinds: Sequence[CorruptionKind],
    seed: int,
    per_conversation: int | None = None,
    *,
    neighbours: Neighbours | None = None,
    is_unseen: bool = False,
) -> Iterator[Pair]:
    """Better and worse forms, up to `per_conversation` kinds (None: all that apply) of each conversation, in order.

    Which kinds a conversation gets is drawn anew for each. Without `neighbours` they are looked for among the
    conversations themselves, which are then held in memory.
    """
    if neighbours is None:
        conversations = tuple(conversations)
        neighbours = build_neighbours(conversations)
    for conversation in conversations:
        drawn = list(kinds)
        dice_for(conversation.id, "draw", seed).shuffle(drawn)
        left = len(drawn) if per_conversation is None else per_conversation
        for kind in drawn:
            broken = break_by(conversation, kind, seed, neighbours, is_unseen=is_unseen) if left else None
            if broken is not None:
                left -= 1
                yield Pair(broken.better, broken.worse, kind.name, kind.criterion, kind.held_out)
