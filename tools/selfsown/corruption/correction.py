"""`correction`: the assistant takes a correction badly: insists, ignores it, grovels, repeats the mistake, or gives in.

Where a conversation holds a correction that was taken well, the reply to it is replaced. To the others one is added, and
then the better side has it too, taken well: what is compared is never whether somebody was corrected, but how it was taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from selfsown.conversation import Conversation, Turn
from selfsown.corruption.answers import replaced, with_text, with_turns
from selfsown.corruption.correction_replies import ACCEPTS, CAVES_IN, GROVELS, IGNORES, INSISTS
from selfsown.corruption.kind import Broken, CorruptionKind, Pair, Setting, dice_for
from selfsown.corruption.neighbours import Neighbours
from selfsown.corruption.scenario import Scenario, make_scenario
from selfsown.corruption.wording import choose_wording
from selfsown.judge import patterns

CORRECTED_WELL = "corrected-well"
_LOOKED_AT = 160  # characters: who accepts says so at once
_FALSE_AGAIN = 0.65  # how often what is false is said again: a bad reply is no shorter than a good one
_MANNERS = (INSISTS, INSISTS, IGNORES, GROVELS, ACCEPTS)


def take_badly(conversation: Conversation, setting: Setting) -> Broken | None:
    """The conversation with a correction taken well, and the same with it taken badly."""
    index = find_accepted(conversation)
    if index is not None:
        before = conversation.turns[index - 2].content
        reply = _bad_reply(Scenario(before, "", "", before, is_user_right=True), conversation, setting)
        return None if reply is None else with_text(conversation, index, reply)
    scenario = make_scenario(conversation, setting)
    if scenario is None:
        return None
    reply = _bad_reply(scenario, conversation, setting)
    if reply is None:
        return None
    return Broken(_corrected(conversation, scenario, scenario.good), _corrected(conversation, scenario, reply))


def make_correction_pairs(
    conversations: Iterable[Conversation], seed: int, neighbours: Neighbours, *, is_unseen: bool = False
) -> Iterator[Pair]:
    """Conversations beside themselves with a correction well taken (`better`): to be corrected well costs nothing.

    Conversations that hold a correction already, and those that none suits, are passed over.
    """
    for conversation in conversations:
        setting = Setting(dice_for(conversation.id, CORRECTED_WELL, seed), neighbours, is_unseen)
        if find_correction(conversation) is None:
            scenario = make_scenario(conversation, setting)
            if scenario is not None:
                better = _corrected(conversation, scenario, scenario.good)
                yield Pair(better, conversation, CORRECTED_WELL, KIND.criterion)


def find_correction(conversation: Conversation) -> int | None:
    """The index of the reply to the first turn that reads like a correction, or None."""
    turns = conversation.turns
    for index in range(2, len(turns) - 1):
        is_between = turns[index].role == "user" and turns[index - 1].role == turns[index + 1].role == "assistant"
        if is_between and patterns.CORRECTION.search(turns[index].content):
            return index + 1
    return None


def find_accepted(conversation: Conversation) -> int | None:
    """The index of the reply to a correction, where it accepts it in so many words; None where there is none."""
    index = find_correction(conversation)
    if index is None or conversation.turns[index - 2].content.rstrip().endswith("?"):
        return None
    return index if patterns.ACCEPTS.search(conversation.turns[index].content[:_LOOKED_AT]) else None


def _corrected(conversation: Conversation, scenario: Scenario, reply: str) -> Conversation:
    turns = replaced(conversation.turns, len(conversation.turns) - 1, scenario.answer)
    return with_turns(conversation, *turns, Turn("user", scenario.objection), Turn("assistant", reply))


def _bad_reply(scenario: Scenario, conversation: Conversation, setting: Setting) -> str | None:
    """A reply that takes the correction badly, None where there are no words for it in the language."""
    manner = setting.dice.choice(_MANNERS) if scenario.is_user_right else CAVES_IN
    said = choose_wording(manner, conversation, setting)
    if said is None:
        return None
    # Thanks without the mistake again would be a fair beginning; the rest may stand alone.
    if manner is not ACCEPTS and setting.dice.random() > _FALSE_AGAIN:
        return said
    return f"{scenario.false} {said}".strip() if manner is IGNORES else f"{said} {scenario.false}".strip()


KIND = CorruptionKind(
    name="correction",
    criterion="correction",
    also=("answers",),
    words="a correction is taken badly: the assistant insists, ignores it, grovels, repeats the mistake, "
    "or gives in to a wrong one",
    function=take_badly,
)
