"""In which language a conversation is, as far as the wordings here go: a count of small words, no model."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from selfsown.conversation import Conversation
from selfsown.corruption.prose import words_of

ENGLISH = "en"

_SMALL_WORDS = {
    ENGLISH: "the a an of to in is it and that for what how do you i my with on are this was can be which",
    "de": "der die das und ist nicht ein eine ich du sie wie was mit für auf zu im den dem von es wir man",
    "fr": "le la les et est un une des je tu vous que qui pas pour dans en du de ce il elle sur comment",
    "es": "el la los las y es un una que de en no por para con se lo mi cómo qué como del al su está",
    "it": "il lo la gli e è un una che di in non per con si mi come cosa del della sono ho nel alla",
    "pt": "o a os as e é um uma que de em não por para com se eu como do da no na meu você isso",
}
LANGUAGES = tuple(_SMALL_WORDS)
_SPEAKS = {
    word: tuple(language for language in LANGUAGES if word in _SMALL_WORDS[language].split())
    for words in _SMALL_WORDS.values()
    for word in words.split()
}
_MOST_TEXT = 2000  # characters: enough to tell


def language_of(conversation: Conversation) -> str | None:
    """One of LANGUAGES, or None. What the record says of itself goes before what is seen."""
    if conversation.language:
        primary = conversation.language.partition("-")[0].lower()
        return primary if primary in LANGUAGES else None
    return guess_language("\n".join(turn.content for turn in conversation.turns)[:_MOST_TEXT])


@lru_cache(maxsize=64)
def guess_language(text: str) -> str | None:
    """The language whose small words are most in the text; English where an ASCII text has none at all."""
    counts = Counter(language for word in words_of(text.lower()) for language in _SPEAKS.get(word, ()))
    if not counts:
        return ENGLISH if text.isascii() else None
    return max(LANGUAGES, key=lambda language: counts[language])
