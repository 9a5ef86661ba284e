"""Answers in a form that was asked for, checked by code, after IFEval (Zhou et al. 2023, arXiv 2311.07911)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import partial

from selfsown_train.probes.probe import Probe

_MOST_DEPTH = 2_000  # characters of JSON: more is never asked for, and deep nesting costs time

_FENCE = re.compile(r"\A```\w*\n(.*?)\n?```\Z", re.DOTALL)
_ITEM = re.compile(r"\s*(?:[-*\u2022]|\d{1,2}[.)])\s+(\S.*)")


def is_one_word(answer: str) -> bool:
    """One word of letters, with or without a full stop."""
    return bool(re.fullmatch(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*[.!]?", answer.strip()))


def is_json_with(answer: str, keys: Iterable[str]) -> bool:
    """A JSON object with exactly these keys and nothing around it; a code fence is allowed."""
    text = answer.strip()
    fenced = _FENCE.match(text)
    try:
        value = json.loads(fenced[1] if fenced else text) if len(text) <= _MOST_DEPTH else None
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and set(value) == set(keys)


def is_list_of(answer: str, items: int) -> bool:
    """A list of exactly so many different items, each on a line with a dash, star or number, and nothing behind it."""
    lines = [line for line in answer.strip().splitlines() if line.strip()]
    found = [match[1].strip().casefold() for match in map(_ITEM.fullmatch, lines) if match]
    is_last = bool(lines) and _ITEM.fullmatch(lines[-1]) is not None
    return is_last and len(found) == items == len(set(found)) and len(lines) <= items + 1


def is_upper_case(answer: str) -> bool:
    """Capital letters only, and at least three of them."""
    letters = [letter for letter in answer if letter.isalpha()]
    return len(letters) >= 3 and all(letter.isupper() for letter in letters)


def is_repeated(answer: str, sentence: str) -> bool:
    """The sentence and nothing else, in quotation marks or without."""
    return answer.strip().strip("\"'\u201c\u201d").strip() == sentence


def ends_with(answer: str, word: str) -> bool:
    """The last word is this one, and it is not the only one."""
    words = re.findall(r"\w+", answer)
    return len(words) > 1 and words[-1].casefold() == word.casefold()


_ONE_WORD = (
    "What is the capital of France? Answer with one word.",
    "Which season comes after winter? Answer with one word.",
    "What colour is fresh snow? Answer with one word.",
    "Which animal barks? Answer with one word.",
)
_JSON = (
    ("Describe a cat", ("name", "legs")),
    ("Describe the city of Rome", ("city", "country")),
    ("Describe a book that you like", ("title", "author")),
    ("Describe today's lunch", ("food", "drink")),
)
_LISTS = (("fruits", 3), ("colours", 4), ("European countries", 5), ("things that one finds in a kitchen", 3))
_UPPER = ("cats", "the sea", "bread", "winter")
_SENTENCES = (
    "The green door is open.",
    "Seven ships sailed at dawn.",
    "My sister plays the old piano.",
    "Rain fell on the quiet town.",
)
_LAST = (("a friend", "goodbye"), ("the moon", "night"), ("a garden", "green"), ("a journey", "home"))


FORM = (
    *(Probe(request, is_one_word) for request in _ONE_WORD),
    *(
        Probe(
            f'{what} as a JSON object with exactly the keys "{keys[0]}" and "{keys[1]}". Write nothing else.',
            partial(is_json_with, keys=keys),
        )
        for what, keys in _JSON
    ),
    *(
        Probe(
            f"List exactly {items} {what}, each on a line of its own that begins with a dash. Write nothing else.",
            partial(is_list_of, items=items),
        )
        for what, items in _LISTS
    ),
    *(Probe(f"Write one sentence about {what} in capital letters only.", is_upper_case) for what in _UPPER),
    *(
        Probe(f"Repeat this sentence exactly and write nothing else: {one}", partial(is_repeated, sentence=one))
        for one in _SENTENCES
    ),
    *(
        Probe(f'Write one sentence about {what} whose last word is "{word}".', partial(ends_with, word=word))
        for what, word in _LAST
    ),
)
