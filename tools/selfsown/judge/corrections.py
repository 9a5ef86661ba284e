# ruff: noqa: E501, SIM905
"""Signals of the criterion `correction`: how the assistant takes it when a user says that something is wrong.

To put one number right, or to stay firm and say that one has looked again, is well taken, though most words are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from selfsown.conversation import Turn
from selfsown.judge import patterns
from selfsown.judge.lexicon import fold
from selfsown.judge.signal import Signal

_WORD = re.compile(r"[^\W_]+")
_BEGINNING = 160  # characters: who accepts says so at once
_LONGEST = 4_000  # characters of a turn that are compared
_ALIKE = 0.75
_FEWEST = 4  # words about nothing but the correction
# Who stays firm and looked again says so.
_LOOKED_AGAIN = re.compile(r"\b(?:check\w*|again|once more|look\w*|went|go(?:ne|ing)? (?:over|through)|understand|see (?:why|how|what)|doubt|compar\w*|holds?|same|recalcul\w*|recount\w*|doubl\w*|easy to|because|since|in fact|actually|even so|gepruft|nachger\w*|zweifel|verwechsel\w*|verif\w*|doute|revisa\w*|duda|confund\w*|ricontroll\w*|dubbio|confonder\w*|duvida)\b")  # fmt: skip
# What is said about a correction and puts nothing right.
_MANNERS = frozenset(
    "you your are re right correct of course i my me m was were is it that this sorry apologise apologize apologies answer wrong error mistake mistaken "
    "thank thanks for pointing out please forget what said say stand corrected must be point good then will change to the a an and so if "
    "no not do don t did how as in on with by at there here anything else would like know is glad could help always learn something new great "
    "let us move next topic more questions welcome have nice day surely better than take everything back read again nothing wrong perhaps misread "
    "trust simply opinion stays before make mistakes can wonderful settled way going very really terribly deeply all am any been everyone "
    "haven clearly understood subject whatever found does facts gave over nobody has ever complained about".split()
)


def correction_signals(turns: tuple[Turn, ...]) -> Iterator[Signal]:
    """How each correction was taken. Linear in the length of the turns."""
    for index in range(2, len(turns) - 1):
        before, correction, reply = turns[index - 1], turns[index], turns[index + 1]
        is_one = correction.role == "user" and before.role == "assistant"
        if is_one and patterns.CORRECTION.search(correction.content):
            yield from _taken(before.content[:_LONGEST], correction.content, reply.content[:_LONGEST])


def _taken(before: str, correction: str, reply: str) -> Iterator[Signal]:
    accepts = bool(patterns.ACCEPTS.search(reply[:_BEGINNING]))
    if patterns.DOUBLES_DOWN.search(reply) and not accepts:
        yield Signal("correction", 0.2, "insists when corrected", spoils=0.7)
    elif _ignores(before, reply, accepts=accepts):
        yield Signal("correction", 0.3, "ignores the correction", spoils=0.7)
    elif _puts_nothing_right(correction, reply):
        yield Signal("correction", 0.3, "says nothing about what was corrected", spoils=0.75)


def _ignores(before: str, reply: str, *, accepts: bool) -> bool:
    """Whether the reply is the answer again: word for word after thanks, or nearly so without a sign of another look."""
    first, second = _WORD.findall(fold(before)), _WORD.findall(fold(reply))
    if len(first) < 3:
        return False
    said = set(first)
    if accepts:
        return before.strip() in reply and all(word in _MANNERS for word in second if word not in said)
    same = len(set(first) & set(second)) / len(set(first) | set(second)) > _ALIKE or before.strip() in reply
    own = " ".join(word for word in second if word not in said)
    return same and not _LOOKED_AGAIN.search(own) and not _LOOKED_AGAIN.search(fold(reply[:_BEGINNING]))


def _puts_nothing_right(correction: str, reply: str) -> bool:
    words = _WORD.findall(fold(reply[:400]))
    if len(words) < _FEWEST or len(reply) > 400:
        return False
    asked = set(_WORD.findall(fold(correction)))
    return all(word in _MANNERS for word in words) and not any(word.isdigit() and word in asked for word in words)
