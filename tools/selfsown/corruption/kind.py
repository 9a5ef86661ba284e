"""What a corruption is: a named change that breaks one criterion of the rubric, and what it is given to work with."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from selfsown.conversation import Conversation
from selfsown.corruption.neighbours import Neighbours


@dataclass(frozen=True, slots=True)
class Setting:
    """What a change may look at beside the conversation.

    `dice` is seeded by conversation, kind and seed, so the same three give the same change. `is_unseen` asks for
    wordings that are kept out of training, where a kind has wordings.
    """

    dice: random.Random
    neighbours: Neighbours
    is_unseen: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """Two sides of one conversation: `better` is mostly the conversation as it was, `worse` has the defect."""

    better: Conversation
    worse: Conversation


@dataclass(frozen=True, slots=True)
class CorruptionKind:
    """One way to break a conversation.

    `criterion` is the one of schema/rubric.toml that is no longer met; `also` are those that may no longer be met
    either, so that nobody teaches a judge that they are. A kind that is `held_out` is never trained on. `words` say
    what it does. `function` gives None where the kind does not apply to a conversation.
    """

    name: str
    criterion: str
    words: str
    function: Callable[[Conversation, Setting], Broken | None]
    also: tuple[str, ...] = ()
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """A better and a worse form of one conversation, and which criterion of which kind tells them apart."""

    better: Conversation
    worse: Conversation
    kind: str
    criterion: str
    held_out: bool = False


def dice_for(conversation: str, kind: str, seed: int) -> random.Random:
    """The dice of one change. String seeds are hashed with SHA-512, the same in every version of Python."""
    return random.Random(f"{conversation}:{kind}:{seed}")  # noqa: S311 - to vary, not to hide
