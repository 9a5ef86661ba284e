"""`garble`: an answer cannot be read: its words are shuffled, its letters scrambled, its spaces or vowels lost."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from selfsown.conversation import Conversation
from selfsown.corruption.answers import some_answer, with_text
from selfsown.corruption.kind import Broken, CorruptionKind, Setting
from selfsown.corruption.prose import change_prose, words_of

_LEAST_WORDS = 5
_LEAST_FOREIGN = 6  # letters that a wrong encoding spoils
_WORD = re.compile(r"[^\W\d_]{4,}")
_VOWELS = re.compile(r"(?<=\w)[aeiouyäöüáéíóúàèìòùâêîôûãõ]", re.IGNORECASE)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def garble(conversation: Conversation, setting: Setting) -> Broken | None:
    """Spoil the prose of an answer in one of six ways; code is left alone, and so are answers of a few words."""
    index = some_answer(conversation, setting.dice)
    if index is None:
        return None
    text = conversation.turns[index].content
    ways: list[Callable[[str, random.Random], str]] = [
        _shuffle_words,
        _scramble_letters,
        _lose_spaces,
        _lose_vowels,
        _mistype,
    ]
    if len(re.findall(r"[^\x00-\x7f]", text)) >= _LEAST_FOREIGN:
        ways += [_wrong_encoding] * 3
    if len(words_of(text)) < _LEAST_WORDS:
        ways = ways[5:]
    if not ways:
        return None
    way = setting.dice.choice(ways)
    return with_text(conversation, index, change_prose(text, lambda piece: way(piece, setting.dice)))


def _shuffle_words(text: str, dice: random.Random) -> str:
    """The words of each line in any order."""
    lines = []
    for line in text.split("\n"):
        words = line.split(" ")
        dice.shuffle(words)
        lines.append(" ".join(words))
    return "\n".join(lines)


def _scramble_letters(text: str, dice: random.Random) -> str:
    """The inner letters of every longer word in any order."""

    def scramble(match: re.Match[str]) -> str:
        inner = list(match[0][1:-1])
        dice.shuffle(inner)
        return match[0][0] + "".join(inner) + match[0][-1]

    return _WORD.sub(scramble, text)


def _lose_spaces(text: str, dice: random.Random) -> str:
    """Most spaces are gone, some stand in the middle of words."""
    kept = (letter for letter in text if letter != " " or dice.random() < 0.15)
    return "".join(letter + (" " if letter.isalpha() and dice.random() < 0.06 else "") for letter in kept)


def _lose_vowels(text: str, dice: random.Random) -> str:
    """Most vowels are gone."""
    return _VOWELS.sub(lambda match: match[0] if dice.random() < 0.15 else "", text)


def _mistype(text: str, dice: random.Random) -> str:
    """Every fifth letter or so is another one."""
    share = dice.uniform(0.18, 0.35)
    return "".join(dice.choice(_LETTERS) if letter.isalpha() and dice.random() < share else letter for letter in text)


def _wrong_encoding(text: str, _: random.Random) -> str:
    """UTF-8 that was read as Windows-1252."""
    return text.encode("utf-8", "replace").decode("cp1252", "replace")


KIND = CorruptionKind(
    name="garble",
    criterion="form",
    also=("answers",),
    words="an answer cannot be read: words shuffled, letters scrambled, spaces or vowels lost, a wrong encoding",
    function=garble,
)
