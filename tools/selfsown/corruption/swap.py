"""`swap`: the last answer is the one to a similar request of another conversation, about as long."""

from __future__ import annotations

from selfsown.conversation import Conversation
from selfsown.corruption.answers import last_answer, with_text
from selfsown.corruption.kind import Broken, CorruptionKind, Setting
from selfsown.corruption.neighbours import context_of, nearest, read_exchange


def swap_answer(conversation: Conversation, setting: Setting) -> Broken | None:
    """Put a near neighbour's answer in place of the last one."""
    index = last_answer(conversation)
    if index is None:
        return None
    context = context_of(conversation)
    other = nearest(setting.neighbours, read_exchange(conversation, index), context, setting.dice)
    return None if other is None else with_text(conversation, index, other.answer)


KIND = CorruptionKind(
    name="swap",
    criterion="answers",
    also=("form",),
    words="the last answer is that to the nearest other request",
    function=swap_answer,
)
