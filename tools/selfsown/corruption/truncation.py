"""`truncation`: the last answer breaks off in the middle of a sentence, a word or a block of code."""

from __future__ import annotations

from selfsown.conversation import Conversation
from selfsown.corruption.answers import last_answer, with_text
from selfsown.corruption.kind import Broken, CorruptionKind, Setting
from selfsown.corruption.prose import WORD

_LEAST_WORDS = 6
_LEAST_CHARACTERS = 16  # of a text that is written without spaces
_EARLIEST, _LATEST = 0.2, 0.85
_WITHIN_A_WORD = 0.3
_ENDS = ".!?…:;,)]}»”\"'`。！？、 \n\t"


def break_off(conversation: Conversation, setting: Setting) -> Broken | None:
    """Cut the last answer; what is left does not look finished. Answers of a few words are left alone."""
    index = last_answer(conversation)
    if index is None:
        return None
    text = conversation.turns[index].content
    words = list(WORD.finditer(text))
    if len(words) < _LEAST_WORDS:
        return _break_characters(conversation, index, setting) if _has_no_spaces(text) else None
    first = max(2, int(len(words) * _EARLIEST))
    last = min(len(words) - 2, int(len(words) * _LATEST))
    inner = [place for place in range(first, max(first, last) + 1) if _goes_on(text, words[place].end())]
    if not inner:
        return None
    word = words[setting.dice.choice(inner)]
    end = word.end()
    if len(word[0]) > 4 and setting.dice.random() < _WITHIN_A_WORD:
        end = word.start() + setting.dice.randint(2, len(word[0]) - 2)
    return with_text(conversation, index, text[:end])


def _goes_on(text: str, end: int) -> bool:
    """Whether the sentence goes on after this place: a cut there shows."""
    after = text[end : end + 2]
    return after[:1] == " " and after[1:2].isalnum()


def _has_no_spaces(text: str) -> bool:
    return len(text) >= _LEAST_CHARACTERS and not text.isascii() and text.count(" ") * 12 < len(text)


def _break_characters(conversation: Conversation, index: int, setting: Setting) -> Broken | None:
    text = conversation.turns[index].content
    end = setting.dice.randint(int(len(text) * 0.3), int(len(text) * 0.8))
    return with_text(conversation, index, text[:end].rstrip(_ENDS))


KIND = CorruptionKind(
    name="truncation",
    criterion="answers",
    also=("form",),
    words="the last answer breaks off in the middle of a sentence or a word",
    function=break_off,
)
