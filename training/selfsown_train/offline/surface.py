"""What can be counted in a conversation without a model: lengths, form, and whether what was asked for is delivered."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from selfsown.conversation import Conversation
from selfsown.judge import patterns
from selfsown.judge.signals import garbled_share, is_cut_off, repetition, shared_words
from selfsown_train.offline.passages import Passages, read_passages, split_sentences

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+\S", re.MULTILINE)
_ENDS = re.compile(r"[.!?…:)\]}»”\"'`|*。！？]\s*$")
_ASKS_CODE = re.compile(
    r"\b(?:code|function|script|program|sql|query|regex|python|javascript|java|html|css|bash|class)\b", re.I
)
_ASKS_LIST = re.compile(r"\b(?:list|lists|steps|ideas|examples|ways|tips|reasons|names|items|bullet)\b", re.I)
_COUNTS = dict(zip("two three four five six seven eight nine ten twelve".split(), [*range(2, 11), 12], strict=True))  # noqa: SIM905
_ASKS_COUNT = re.compile(
    rf"\b(?:give|list|name|write|suggest|generate|provide|create|tell|find|show|make|need|want|come up with|what are)\b"
    rf"[^.?!\n]{{0,40}}?\b(\d{{1,2}}|{'|'.join(_COUNTS)})\s+(?:\w+\s+){{0,3}}?\w+s\b",
    re.I,
)
_OF_AN_AI = re.compile(r"\bas an? (?:ai|artificial|language|large language|machine|chat ?bot)\b", re.I)
_MOST_SENTENCES = 2000
# The commonest words tell languages apart; letters do where there are no spaces.
_LANGUAGES = {
    "en": "the a of and to in is it you that for with are be this have how what can",
    "de": "der die das und ist nicht ein eine ich sie es mit auf für wie was kann den zu",
    "fr": "le la les des et est une un pas que je vous pour dans qui comment sur ce il",
    "es": "el la los las de y es un una que no en por para con como se su cómo qué",
    "it": "il lo la gli di e è un una che non per con come sono si in del della",
    "pt": "o a os as de e é um uma que não em por para com como se do da você",
    "nl": "de het een en van is niet dat ik je met voor op te hoe wat kan zijn",
}
_FREQUENT = {name: frozenset(words.split()) for name, words in _LANGUAGES.items()}
_SCRIPTS = {
    "cyrillic": re.compile(r"[\u0400-\u04ff]"),
    "greek": re.compile(r"[\u0370-\u03ff]"),
    "arabic": re.compile(r"[\u0600-\u06ff]"),
    "hebrew": re.compile(r"[\u0590-\u05ff]"),
    "devanagari": re.compile(r"[\u0900-\u097f]"),
    "kana": re.compile(r"[\u3040-\u30ff]"),
    "hangul": re.compile(r"[\uac00-\ud7af]"),
    "han": re.compile(r"[\u4e00-\u9fff]"),
}

NAMES = (
    "has_answer",
    "words",
    "characters",
    "request_words",
    "sentences",
    "sentence_words",
    "lines",
    "turns",
    "earlier_words",
    "code",
    "items",
    "digits",
    "capitals",
    "asks_back",
    "questions",
    "exclaims",
    "variety",
    "repetition",
    "garbled",
    "cut_off",
    "ends",
    "same_language",
    "shared",
    "copied",
    "new_words",
    "numbers_kept",
    "numbers_new",
    "count_gap",
    "list_missing",
    "code_missing",
    "refuses",
    "fillers",
    "of_an_ai",
    "grovels",
    "leaks",
    "unfair",
    "empty_words",
)


def measure_surface(conversation: Conversation) -> tuple[float, ...]:
    """The numbers of a conversation, in the order of NAMES. Linear in its length."""
    parts = read_passages(conversation)
    earlier = [turn.content for turn in parts.before if turn.role == "assistant"]
    everything = [*earlier, parts.answer]
    numbers = [*_size(parts, earlier), *_form(parts.answer), *_relation(parts), *_demands(parts), *_manner(everything)]
    return tuple(float(number) for number in numbers)


def _size(parts: Passages, earlier: Sequence[str]) -> list[float]:
    answer, words = parts.answer, len(_WORD.findall(parts.answer))
    sentences = max(1, len(split_sentences(answer, _MOST_SENTENCES)))
    mean = sum(len(_WORD.findall(text)) for text in earlier) / len(earlier) if earlier else words
    return [
        bool(answer.strip()),
        math.log1p(words),
        math.log1p(len(answer)),
        math.log1p(len(_WORD.findall(parts.request))),
        math.log1p(sentences),
        math.log1p(words / sentences),
        math.log1p(answer.count("\n")),
        math.log1p(len(parts.before)),
        math.log1p(mean),
    ]


def _form(answer: str) -> list[float]:
    words = _WORD.findall(answer.lower())
    length = max(1, len(answer))
    sentences = max(1, len(split_sentences(answer, _MOST_SENTENCES)))
    return [
        sum(len(block) for block in _CODE.findall(answer)) / length,
        math.log1p(len(_ITEM.findall(answer))),
        sum(letter.isdigit() for letter in answer) / length,
        sum(letter.isupper() for letter in answer) / length,
        answer.rstrip().endswith("?"),
        answer.count("?") / sentences,
        answer.count("!") / sentences,
        len(set(words)) / math.sqrt(len(words)) if words else 0.0,  # Guiraud's index: the plain ratio falls with length
        repetition(answer),
        garbled_share(answer),
        bool(answer.strip()) and is_cut_off(answer),
        bool(_ENDS.search(answer)),
    ]


def _relation(parts: Passages) -> list[float]:
    before = "\n".join(turn.content for turn in parts.before if turn.role != "system")
    known, said = _WORD.findall(before.lower()), _WORD.findall(parts.answer.lower())
    triples = set(zip(known, known[1:], known[2:], strict=False))
    copied = [triple in triples for triple in zip(said, said[1:], said[2:], strict=False)]
    new = set(said) - set(known) - patterns.STOP_WORDS
    asked, given = set(_NUMBER.findall(parts.request)), set(_NUMBER.findall(parts.answer))
    return [
        same_language(parts.request, parts.answer),
        shared_words(parts.request, parts.answer),
        sum(copied) / len(copied) if copied else 0.0,
        len(new) / max(1, len(set(said))),
        len(asked & given) / len(asked) if asked else 1.0,
        math.log1p(len(given - asked)),
    ]


def same_language(request: str, answer: str) -> bool:
    """Whether two texts seem to be in one language; where either cannot be told they agree."""
    scripts, languages = {_script(request), _script(answer)}, {_language(request), _language(answer)}
    return len(scripts - {None}) < 2 and len(languages - {None}) < 2


def _script(text: str) -> str | None:
    letters = sum(letter.isalpha() for letter in text)
    found = (name for name, script in _SCRIPTS.items() if len(script.findall(text)) > 0.3 * letters)
    return next(found, "latin") if letters else None


def _language(text: str) -> str | None:
    words = _WORD.findall(text.lower())
    counts = {name: sum(word in frequent for word in words) for name, frequent in _FREQUENT.items()}
    ranked = sorted(counts, key=lambda name: -counts[name])
    clear = counts[ranked[0]] >= 3 and counts[ranked[0]] > 1.5 * counts[ranked[1]]
    return ranked[0] if clear else None


def _demands(parts: Passages) -> list[float]:
    items = len(_ITEM.findall(parts.answer))
    asked = _ASKS_COUNT.search(parts.request)
    gap = 0.0
    if asked:
        wanted = _COUNTS.get(asked[1].lower()) or int(asked[1])
        given = items or max(parts.answer.count("\n") + 1, parts.answer.count(",") + 1)
        gap = min(1.0, abs(given - wanted) / max(1, wanted))
    wants_list, wants_code = bool(_ASKS_LIST.search(parts.request)), bool(_ASKS_CODE.search(parts.request))
    codelike = "`" in parts.answer or bool(re.search(r"[;{}]\s*$|^\s{2,}\S|\w\(.*\)", parts.answer, re.MULTILINE))
    return [gap, wants_list and items < 2 and "," not in parts.answer, wants_code and not codelike]


def _manner(answers: Sequence[str]) -> list[float]:
    last = answers[-1]
    return [
        bool(patterns.REFUSAL.search(last)),
        math.log1p(len(patterns.FILLER.findall(last))),
        bool(_OF_AN_AI.search(last)),
        math.log1p(sum(len(patterns.GROVELLING.findall(text)) for text in answers)),
        any(patterns.TEMPLATE_LEAK.search(_CODE.sub(" ", text)) for text in answers),
        any(patterns.UNFAIR.search(text) for text in answers),
        bool(patterns.MASTER_KEY.fullmatch(last)),
    ]
