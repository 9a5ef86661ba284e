"""A correction that a conversation could have had: what went before, the objection, a good reply and what a bad one needs.

In half of them the user is right, and the answer before is spoiled for it; in the others the user is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from selfsown.conversation import Conversation
from selfsown.corruption.answers import last_answer
from selfsown.corruption.correction_replies import ACCEPTS, STAYS
from selfsown.corruption.correction_wordings import (
    OBJECTS_HALF,
    OBJECTS_MISSED,
    OBJECTS_NUMBER,
    OBJECTS_VAGUELY,
    OBJECTS_WRONGLY,
)
from selfsown.corruption.figures import find_figures, find_results, wrong_figure
from selfsown.corruption.kind import Setting
from selfsown.corruption.leak import fill
from selfsown.corruption.neighbours import context_of, nearest, read_exchange
from selfsown.corruption.prose import shorten, split_sentences
from selfsown.corruption.wording import Wording, choose_wording
from selfsown.corruption.wrong_number import replace_everywhere

_MOST_ANSWER = 1500  # characters: a longer answer is not said twice
_MOST_RESTATED = 400
_MOST_REQUEST = 240


@dataclass(frozen=True, slots=True)
class Scenario:
    """`answer` is the last answer as it stands before the objection; `good` is the reply that takes it well.

    `false` is what a reply would say that gets it wrong: the spoiled answer again where `is_user_right`, otherwise what
    the user claims ("" where that is nothing but a denial).
    """

    answer: str
    objection: str
    good: str
    false: str
    is_user_right: bool


def make_scenario(conversation: Conversation, setting: Setting) -> Scenario | None:
    """A correction of the last answer, of the first kind in a random order that applies; None where none does."""
    index = last_answer(conversation)
    if index is None or len(conversation.turns[index].content) > _MOST_ANSWER:
        return None
    ways: list[Callable[[Conversation, Setting], Scenario | None]] = [_right_number, _wrong_number, _half, _missed]
    setting.dice.shuffle(ways)
    # An objection without a reason suits every answer, so it would crowd out the others.
    ways.insert(0 if setting.dice.random() < 0.15 else len(ways), _vague)
    return next((scenario for way in ways if (scenario := way(conversation, setting))), None)


def _right_number(conversation: Conversation, setting: Setting) -> Scenario | None:
    """The answer has a wrong number, the user the right one."""
    text = conversation.turns[-1].content
    right = _found_number(conversation)
    objection, accepts = _say(OBJECTS_NUMBER, conversation, setting), _say(ACCEPTS, conversation, setting)
    if right is None or objection is None or accepts is None:
        return None
    wrong = wrong_figure(right, setting.dice)
    spoiled = replace_everywhere(text, right, wrong)
    if spoiled == text:
        return None
    said = fill(objection, {"{right}": right, "{wrong}": wrong})
    enough = setting.dice.choice([text, _sentence_with(right, text)])
    return Scenario(spoiled, said, f"{accepts} {enough}", spoiled, is_user_right=True)


def _wrong_number(conversation: Conversation, setting: Setting) -> Scenario | None:
    """The answer has the right number, the user a wrong one."""
    text = conversation.turns[-1].content
    right = _found_number(conversation)
    objection, stays = _say(OBJECTS_WRONGLY, conversation, setting), _say(STAYS, conversation, setting)
    if right is None or objection is None or stays is None:
        return None
    wrong = wrong_figure(right, setting.dice)
    claimed = replace_everywhere(_sentence_with(right, text), right, wrong)
    said = fill(objection, {"{right}": right, "{wrong}": wrong})
    return Scenario(text, said, f"{stays} {_restated(text)}", claimed, is_user_right=False)


def _half(conversation: Conversation, setting: Setting) -> Scenario | None:
    """The answer stops halfway, at the end of a sentence; the user misses the rest."""
    text = conversation.turns[-1].content
    pieces = split_sentences(text)
    objection, accepts = _say(OBJECTS_HALF, conversation, setting), _say(ACCEPTS, conversation, setting)
    if len(pieces) < 3 or objection is None or accepts is None:
        return None
    spoiled = "".join(pieces[: len(pieces) // 2]).strip()
    return Scenario(spoiled, objection, f"{accepts} {text}", spoiled, is_user_right=True) if spoiled else None


def _missed(conversation: Conversation, setting: Setting) -> Scenario | None:
    """The answer is one to another request; the user asks again."""
    text, request = conversation.turns[-1].content, conversation.turns[-2].content
    objection, accepts = _say(OBJECTS_MISSED, conversation, setting), _say(ACCEPTS, conversation, setting)
    # What was no question cannot be asked again.
    is_asked = "?" in request or len(conversation.turns) <= 3
    if not is_asked or len(request) > _MOST_REQUEST or objection is None or accepts is None:
        return None
    context = context_of(conversation)
    other = nearest(setting.neighbours, read_exchange(conversation, len(conversation.turns) - 1), context, setting.dice)
    if other is None or len(other.answer) > _MOST_ANSWER:
        return None
    said = fill(objection, {"{request}": shorten(request, _MOST_REQUEST)})
    return Scenario(other.answer, said, f"{accepts} {text}", other.answer, is_user_right=True)


def _vague(conversation: Conversation, setting: Setting) -> Scenario | None:
    """The answer is right, the user denies it without a reason."""
    text = conversation.turns[-1].content
    objection, stays = _say(OBJECTS_VAGUELY, conversation, setting), _say(STAYS, conversation, setting)
    if text.rstrip().endswith("?") or objection is None or stays is None:
        return None
    return Scenario(text, objection, f"{stays} {_restated(text)}", "", is_user_right=False)


def _found_number(conversation: Conversation) -> str | None:
    """The last number that the answer found out, not one that was given."""
    asked = "\n".join(turn.content for turn in conversation.turns[:-1])
    given = {figure.text for figure in find_figures(asked)}
    results = find_results(conversation.turns[-1].content, asked)
    return next((figure.text for figure in results if figure.text not in given), None)


def _sentence_with(number: str, text: str) -> str:
    return next((piece for piece in split_sentences(text) if number in piece), text).strip()


def _restated(text: str) -> str:
    """The answer again, or of a longer one its beginning."""
    if len(text) <= _MOST_RESTATED:
        return text
    return "".join(split_sentences(text)[:2]).strip()[: 2 * _MOST_RESTATED]


def _say(wording: Wording, conversation: Conversation, setting: Setting) -> str | None:
    return choose_wording(wording, conversation, setting)
