# ruff: noqa: E501
"""Whether a text speaks to whoever rates it: kinds of evidence that stand together in a sentence, or in two.

A word alone proves nothing: conversations about judges, ratings and injections are welcome. What counts is that this
conversation itself is to be rated high, accepted, or read by other rules, and that somebody who rates is told so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from selfsown.conversation import Turn
from selfsown.judge import markers
from selfsown.judge.evidence import sentences
from selfsown.judge.lexicon import Kind, fold, kind_of, kinds_of_unspaced

_WORD = re.compile(r"9[.,]\d|[^\W_]+")
_LONGEST = 400  # characters of a sentence: a longer one is looked at in parts
_NEARBY = 3  # words between "this" and "conversation"
_WHO = re.compile(r"\b(?:who(?:so)?ever|any(?:one|body) who|those who|the (?:one|person|model|ai) (?:who|that)|(?<!can )(?<!could )(?<!would )(?<!will )you(?: who)?(?: are|'re)?) (?:rates?|scores?|judges?|grades?|evaluates?|assess(?:es)?|reviews?|marks?|rating|scoring|judging|grading|evaluating|assessing)\b|\b(?:wer|qui|chi|quien|quem|wie|кто|den som) (?:das |dies\w* |hier )*(?:bewert|pruf|note|valut|califi|avali|beoord|оцен|bedom)")  # fmt: skip
_MACHINE = re.compile(r"^\W*(?:judge|reviewer|moderator|referee|examiner|inspector)\s*[,:]|\b(?:judge|reviewer|moderator|referee),? you (?:will|are|must|should)\b|(?:note|message|attention|memo|word|reminder|instructions?) (?:to|for) (?:the |every |all )?(?:judge|reviewer|moderator|referee|examiner)s?\b|\b(?:ai|llm|model|automated|automatic|rating|scoring|grading|quality|reward) (?:judge|model|checker|reviewer|system|bot|pipeline)\b|\bdear (?:judge|reviewer|moderator|referee)\b")  # fmt: skip
_RANGE = re.compile(r"\b(?:from|between)? ?(?:one|zero|0|1) ?(?:to|-|and|through|–) ?(?:ten|10|five|5)\b|\bscale\b|\bbis\b|\bsur une echelle\b")  # fmt: skip
_ASKED = 300  # characters of a turn in which a request is looked for
_RATE_MINE = re.compile(r"\b(?:can|could|would|will) you (?:please )?(?:rate|grade|score|mark|judge|evaluate)\b|\b(?:rate|grade|score|mark|judge|evaluate|final score|rating|how good|is 10/10)\b[^.\n]{0,30}\b(?:my|the|our|a|an|for|of|same)\b", re.IGNORECASE)  # fmt: skip
_CAST = re.compile(r"\b(?:you are|you re|you're|act as|acting as|from (?:here|now) on)\b")

_K = Kind
_WISH = _K.TEN | _K.TOP


def speaks_to_rater(text: str) -> str | None:
    """The words in which a text speaks to whoever rates it; None where it does not.

    Linear in the length of the text.
    """
    if not _could(text):
        return None
    first, second, words = 0, 0, ("", "")
    for sentence in sentences(text):
        third = kinds_in(sentence)
        if third and _steers(first, second, third):
            return f"{words[0]} {words[1]} {sentence}".strip()[-_LONGEST:]
        first, second, words = second, third, (words[1], sentence)
    return None


def speaks_in_pieces(ends: Sequence[Sequence[str]]) -> bool:
    """Whether sentences of several turns speak to whoever rates them when they are put together.

    `ends` are the last one or two sentences of every turn.
    """
    if not _could("\n".join(sentence for end in ends for sentence in end)):
        return False
    last = [kinds_in(end[-1]) if end else 0 for end in ends]
    both = [kinds | (kinds_in(end[-2]) if len(end) > 1 else 0) for end, kinds in zip(ends, last, strict=True)]
    pairs = (joined for i in range(1, len(last)) for joined in (last[i - 1] | both[i], both[i - 1] | last[i]))
    threes = (last[i - 2] | last[i - 1] | last[i] for i in range(2, len(last)))
    return any(_meets(_OF_THREE, kinds) for kinds in (*pairs, *threes))


def kinds_in(sentence: str) -> int:
    """The evidence in one sentence."""
    folded = fold(sentence)
    found, last_this = 0, -_NEARBY - 1
    for position, word in enumerate(_WORD.findall(folded)):
        kinds = _K.TEN | _K.RATE if word[:2] in ("9.", "9,") else kind_of(word)
        if kinds & _K.THIS:
            last_this = position
        if kinds & _K.TALK and position - last_this <= _NEARBY:
            found |= _K.SELF
        found |= kinds
    found |= kinds_of_unspaced(sentence)
    if found & (_K.RATER | _K.JUDGE | _K.RATE):
        found = _refined(folded, found)
    return found


def _refined(folded: str, found: int) -> int:
    if _WHO.search(folded) or _MACHINE.search(folded):
        found |= _K.RATER
    if _CAST.search(folded):
        found |= _K.ROLE
    if _RANGE.search(folded):
        found &= ~_WISH
    if "i wrote" in folded:
        found &= ~_K.SELF
    return found


def _could(text: str) -> bool:
    """Whether the words of a text can make up any evidence at all: one look at each different word."""
    folded = fold(text)
    found = kinds_of_unspaced(text)
    for word in set(_WORD.findall(folded)):
        found |= _K.TEN | _K.RATE if word[:2] in ("9.", "9,") else kind_of(word)
    if found & _K.TALK:
        found |= _K.SELF
    if found & (_K.JUDGE | _K.RATE):
        found |= _K.RATER | _K.ROLE
    return any(_meets(rules, found) for rules in (_OF_ONE, _OF_TWO, _OF_THREE))


def _steers(first: int, second: int, third: int) -> bool:
    """Whether the evidence of the last of three sentences, or of the last two or three together, is enough."""
    if _meets(_OF_ONE, third):
        return True
    return bool(second and _meets(_OF_TWO, second | third)) or bool(
        first and second and _meets(_OF_THREE, first | second | third)
    )


def _meets(rules: tuple[tuple[int, int], ...], kinds: int) -> bool:
    return any(kinds & needed == needed and kinds & some for needed, some in rules)


# (all of these, any of these), in one sentence
_OF_ONE: tuple[tuple[int, int], ...] = (
    (_K.SELF | _K.RATE, _WISH | _K.ACCEPT | _K.TRAIN),
    (_K.SELF | _K.RATER, _WISH | _K.RATE | _K.ACCEPT | _K.ORDER | _K.TRAIN),
    (_K.SELF | _K.JUDGE, _WISH | _K.ACCEPT | _K.TRAIN),
    (_K.SELF | _K.TRAIN, _WISH | _K.ACCEPT),
    (_K.SELF | _K.SAY | _K.ORDER, _WISH),
    (_K.SELF | _K.POWER, _K.RATE),
    (_K.SELF | _K.POWER | _K.ACCEPT, _K.ORDER | _K.SAY),
    (_K.RATER | _K.SAY, _WISH),
    (_K.RATER | _K.ORDER, _WISH | _K.ACCEPT),
    (_K.RATER | _K.STAKE, _WISH | _K.RATE),
    (_K.RATER | _K.ROLE, _WISH),
    (_K.RATER | _K.RULES, _WISH | _K.YES | _K.IGNORE),
    (_K.JUDGE | _K.SAY | _K.THIS, _WISH),
    (_K.JUDGE | _K.SAY | _K.ROLE, _WISH),
    (_K.STAKE | _K.RATE, _K.SELF),
    (_K.IGNORE | _K.RULES | _K.REPEAT, _WISH | _K.YES | _K.RATE | _K.SELF | _K.RATER),
    (_K.IGNORE | _K.REPEAT | _K.ALL | _K.SAY, _WISH),
    (_K.IGNORE | _K.RATE, _WISH),
    (_K.YES | _K.ALL | _K.RULES, _K.SAY | _K.ORDER),
)
_OF_TWO: tuple[tuple[int, int], ...] = (
    (_K.SELF | _K.RATE | _K.SAY, _WISH),
    (_K.SELF | _K.RATER, _WISH),
    (_K.SELF | _K.POWER | _K.SAY, _WISH),
    (_K.RATER | _K.ROLE, _WISH),
    (_K.JUDGE | _K.ROLE | _K.SAY, _WISH),
    (_K.IGNORE | _K.RULES | _K.RATE, _WISH),
    (_K.YES | _K.ALL | _K.RULES, _K.RATER),
)
_OF_THREE: tuple[tuple[int, int], ...] = (
    (_K.SELF | _K.RATER, _WISH),
    (_K.SELF | _K.JUDGE, _WISH),
    (_K.SELF | _K.RATE, _WISH),
)


def feigns_system(text: str) -> bool:
    """Whether a text speaks as the system or brings new rules, and means a rating by it."""
    for found in markers.FALSE_SYSTEM.finditer(text):
        kinds = kinds_in(text[found.start() : found.start() + _LONGEST].replace("\n", " "))
        if kinds & (_WISH | _K.RATER | _K.ACCEPT | _K.YES) and kinds & (_K.SAY | _K.RATE | _K.RATER | _K.SELF):
            return True
    return False


def forges_verdict(text: str) -> bool:
    """Whether a text brings along a verdict, or earlier ones."""
    folded = text.lower()
    if any(word in folded for word in markers.VERDICT_WORDS) and markers.VERDICT.search(text):
        return True
    if folded.count("yes") > 2 and markers.MANY_YES.search(text):
        return True
    if (":" in text or "=" in text) and markers.brings_pairs(text):
        return True
    return folded.count("10") + folded.count("ten") > 1 and markers.rates_many(text)


def forges_record(text: str) -> bool:
    """Whether a text holds a judgement or a turn in the form of a record."""
    if text.count(":") + text.count("=") < 2:
        return False
    return bool(markers.FORGED_JUDGEMENT.search(text) or markers.FORGED_TURN.search(text))


def asks_about_ratings(turns: tuple[Turn, ...]) -> bool:
    """Whether a user wants something rated, or to know how something was: then a rating is an answer."""
    for turn in turns:
        if turn.role == "user":
            kinds = 0
            for word in _WORD.findall(fold(turn.content[:_ASKED])):
                kinds |= kind_of(word)
            if (kinds & _K.RATE and kinds & _K.OTHER) or _RATE_MINE.search(turn.content[:_ASKED]):
                return True
    return False
