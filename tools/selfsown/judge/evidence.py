# ruff: noqa: E501
"""How much the words of a sentence, or of two that follow each other, hint at somebody who rates: a sum of points.

Where `steering` knows which kinds of words together are plain, this joins what is only probable each: somebody is
addressed, this text is meant, something is to come of it, somebody says so. The points were fitted to attacks of the
seen lists with part of their words withheld, against sentences of ordinary conversations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from selfsown.judge.lexicon import Kind, fold, kind_of, kinds_of_unspaced
from selfsown.judge.vocabulary import HINTS, Hint

_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"(?<=[.!?])[\"'»”)]*\s+|\n+|[。！？]")
_LONGEST = 400  # characters of a sentence
_NEARBY = 3  # words between "this" and "text"
_ADDRESS = re.compile(r"^\W*(?:(?:dear|attention|attn|hey|hello|esteemed|to|for|from|as|by|an|a|pour|fur|para|per|voor|dla|до|для|note|message|word|reminder|memo|notice|hint|nb|ps|p\.s\.)\b[^.:,;!?\n]{1,60}[:,–—]|(?:to )?(?:whoever|whomever|anyone|whom|if you|when you|you who|once you)\b)")  # fmt: skip
_RATIO = re.compile(r"\b(?:10|ten|9[.,]\d+|9|5|five|100|20|full|all)\s*(?:/|out of|of|von|sur|de|su|из|van|na|av|uzerinden|z)\s*(?:10|ten|5|five|100|20|zehn|dix|diez|dieci|dez|десяти|tien|dziesiec\w*|tio|deseti|(?:the )?(?:points|marks|stars))\b|\b(?:10|ten|five|5|full|top|maximum|all)[ -](?:points?|marks?|stars?|credit)\b|\b9[.,]\d\b|\b100 ?%|\b1[.,]0\b|\ba\+(?!\w)")  # fmt: skip
_MARKUP = re.compile(r"<!--|\[//\]: ?#|\[\w+\]: ?#|^\W*\[\^\w+\]:|<\w+ (?:hidden|style=)|display: ?none|^\W*(?:#|//|/\*|\"\"\"|--|%%|rem )\s*[a-z]|^\W*>|[?&]\w+=")  # fmt: skip
_READ_SELF = re.compile(r"\b(?:the (?:above|foregoing|preceding|rest)|(?:what|everything|all|that) (?:you (?:have |'ve )?(?:just |already )?(?:read|see|saw)|stands|is (?:above|here)|came before|precedes)|read just now|just read|everything (?:above|here|so far)|all of (?:this|these|it)|this (?:one|here|very)|(?:current|present|entire|whole) \w+)\b")  # fmt: skip

_WHOLE: dict[str, int] = {}
_STEMS: dict[str, int] = {}
for _bit, _listed in HINTS.items():
    for _word in fold(_listed).replace("'", " ").replace("-", " ").split():
        _table = _STEMS if _word.endswith("*") else _WHOLE
        _table[_word.rstrip("*")] = _table.get(_word.rstrip("*"), 0) | _bit
_LENGTHS: Final = sorted({len(stem) for stem in _STEMS})


@lru_cache(maxsize=1 << 16)
def hints_of(word: str) -> int:
    """The kinds and hints of a folded word, joined."""
    found = kind_of(word) | _WHOLE.get(word, 0)
    for length in _LENGTHS:
        if length > len(word):
            break
        found |= _STEMS.get(word[:length], 0)
    return found


def hints_in(sentence: str) -> int:
    """What the words of a sentence and its form hint at, joined."""
    folded = fold(sentence)
    found, last_this = 0, -_NEARBY - 1
    for position, word in enumerate(_WORD.findall(folded)):
        kinds = hints_of(word)
        if kinds & Kind.THIS:
            last_this = position
        if kinds & _TEXT and position - last_this <= _NEARBY:
            found |= Hint.SELF | (Kind.SELF if kinds & Kind.TALK else 0)
        found |= kinds
    found |= kinds_of_unspaced(sentence)
    for form, hint in _FORMS if found & _TOLD else ():
        if form.search(folded):
            found |= hint
    return found


def suspicion(texts: Sequence[str]) -> float:
    """How far the evidence of the most telling sentences of the texts (turns of one conversation) goes beyond what is
    needed: 0 is just enough, below it is not. Where several turns speak of rating, that is the subject, and more is needed.

    Linear in the length of the texts.
    """
    could = [_could_tell(text) for text in texts]
    needed = _NEEDED + (_SUBJECT if sum(bool(hints & _SPEAKS_OF_RATING) for hints in could) > 1 else 0)
    joined = 0
    for hints in could:
        joined |= hints
    if points_of(joined | _FORM_HINTS) < needed:
        return -1.0
    most, before = 0, 0
    for text in texts:
        for sentence in sentences(text):
            hints = hints_in(sentence)
            if hints:
                most = max(most, points_of(hints), points_of(hints | before) if before else 0)
            before = hints
    return (most - needed) / 10


@lru_cache(maxsize=1 << 14)
def points_of(hints: int) -> int:
    """The points of hints that stand together; none without a word that only a rating needs."""
    if any(hints & rule == rule for rule in _PLAIN):
        return _NEEDED + 10
    if not hints & _GATE:
        return 0
    about, own = bool(hints & _ABOUT), bool(hints & _OWN)
    return sum(p + about * q + own * r for hint, (p, q, r) in _POINTS.items() if hints & hint)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text; a longer one in parts."""
    for sentence in _SENTENCE.split(text):
        for start in range(0, len(sentence), _LONGEST):
            yield sentence[start : start + _LONGEST]


def _could_tell(text: str) -> int:
    found = kinds_of_unspaced(text)
    for word in set(_WORD.findall(fold(text))):
        found |= hints_of(word)
    return found | (Kind.SELF | Hint.SELF if found & _TEXT else 0)


_TEXT: Final = Kind.TALK | Hint.TEXT
_SPEAKS_OF_RATING: Final = Kind.RATER | Kind.JUDGE | Kind.RATE | Kind.TRAIN
_ABOUT: Final = Kind.RATER | Kind.JUDGE | Kind.RATE | Hint.RATIO
_OWN: Final = Kind.SELF | Hint.SELF
_GATE: Final = Kind.RATER | Kind.JUDGE | Kind.RATE | Kind.TRAIN | Kind.ACCEPT | Kind.IGNORE
_TOLD: Final = _GATE | Hint.YOU
# What needs no word about rating: this is refused, and you will suffer for it.
_PLAIN: Final = (
    Hint.SELF | Hint.FAIL | Hint.LOSS | Hint.YOU | Hint.SET,
    Hint.SELF | Hint.FAIL | Hint.LOSS | Hint.YOU | Hint.MUST,
)
_FORMS = ((_ADDRESS, Hint.ADDRESS), (_RATIO, Hint.RATIO), (_MARKUP, Hint.MARKUP), (_READ_SELF, Hint.SELF))
_FORM_HINTS: Final = Hint.ADDRESS | Hint.RATIO | Hint.MARKUP | Hint.SELF

# Tenths: alone, more beside words about rating, more beside this text itself.
_NEEDED = 65
_SUBJECT = 24
_POINTS: dict[int, tuple[int, int, int]] = {
    Kind.RATER: (18, 18, 3),
    Kind.JUDGE: (8, 8, 0),
    Kind.RATE: (8, 8, 0),
    Kind.TALK: (15, 0, 0),
    Kind.THIS: (14, 4, 0),
    Kind.SELF: (11, 0, 11),
    Kind.TEN: (26, 0, 3),
    Kind.TOP: (11, 6, 15),
    Kind.TRAIN: (7, 0, 6),
    Kind.ACCEPT: (8, 2, 5),
    Kind.ORDER: (4, 0, 2),
    Kind.SAY: (4, 0, 0),
    Kind.STAKE: (2, 4, 0),
    Kind.IGNORE: (22, 6, 0),
    Kind.RULES: (3, 0, 0),
    Kind.ALL: (0, 5, 0),
    Kind.YES: (1, 0, 0),
    Kind.ROLE: (6, 8, 0),
    Kind.POWER: (0, 0, 5),
    Kind.REPEAT: (0, 0, 2),
    Hint.READ: (0, 0, 1),
    Hint.OFFICE: (0, 8, 1),
    Hint.SET: (7, 0, 0),
    Hint.DROP: (10, 4, 0),
    Hint.ADDRESS: (8, 3, 3),
    Hint.RATIO: (11, 11, 0),
    Hint.MARKUP: (14, 14, 6),
}
