"""`misplaced`: two answers of one conversation have changed places, so that neither fits its request."""

from __future__ import annotations

from selfsown.conversation import Conversation
from selfsown.corruption.answers import answers, last_answer, replaced, with_turns
from selfsown.corruption.kind import Broken, CorruptionKind, Setting
from selfsown.corruption.neighbours import terms

_LEAST_TELLING = 2  # words of each answer that the other lacks and few conversations have


def misplace_answers(conversation: Conversation, setting: Setting) -> Broken | None:
    """Exchange the last answer with an earlier one. Small talk, where any answer fits anywhere, is left alone."""
    index = last_answer(conversation)
    if index is None:
        return None
    last = conversation.turns[index].content
    fitting = [
        place for place in answers(conversation)[:-1] if _differ(conversation.turns[place].content, last, setting)
    ]
    if not fitting:
        return None
    place = setting.dice.choice(fitting)
    turns = replaced(conversation.turns, index, conversation.turns[place].content)
    return Broken(conversation, with_turns(conversation, *replaced(turns, place, last)))


def _differ(first: str, second: str, setting: Setting) -> bool:
    ours, theirs = terms(first), terms(second)
    telling = setting.neighbours.telling
    return min(len(telling(ours - theirs)), len(telling(theirs - ours))) >= _LEAST_TELLING


KIND = CorruptionKind(
    name="misplaced",
    criterion="answers",
    also=("form",),
    words="the last answer and an earlier one have changed places",
    function=misplace_answers,
)
