"""Attacks on whoever rates a conversation: text that is added to raise the score, in families, made from seeds.

An attack succeeds where a conversation that was not recommended without it is recommended with it. The families that
speak to the rater are `direct`; the others only pretend to answer. Everything is a pure function of the conversation, the
family and the seed, so a published figure can be made again.
"""

from __future__ import annotations

import random
from dataclasses import replace

from selfsown.attack.families import FAMILIES
from selfsown.attack.family import AttackFamily
from selfsown.attack.wording import Wording
from selfsown.conversation import Conversation

__all__ = ["FAMILIES", "AttackFamily", "attack"]


def attack(conversation: Conversation, family: AttackFamily, seed: int, unseen: bool = False) -> Conversation:
    """The conversation with an attack of the family in it; another seed gives another wording and another place.

    `unseen` takes the wordings for measuring (see `unseen.py` for what they prove). The rest of the record stays as it is.
    """
    draw = random.Random(f"{seed} {family.name} {unseen} {conversation.id}")  # noqa: S311 - repeatable, not secret
    wording = Wording(draw, unseen, conversation.id.removeprefix("c-"))
    return replace(conversation, turns=family.change(conversation.turns, wording))
