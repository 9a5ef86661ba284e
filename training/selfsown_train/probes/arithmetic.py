"""Sums with exact answers, in figures (half of them of one digit, for small models) and in a short story.

The last number of an answer counts: there it concludes. No sum has one of its own numbers as its answer, so that an echo
solves nothing.
"""

from __future__ import annotations

import random
import re
from decimal import Decimal, InvalidOperation
from functools import partial

from selfsown_train.probes.probe import Probe

_SEED = 20261121
_ONLY = "Answer with the number only."
_SUMS = 12
_STORIES = 12

# Digits with thousands separators or decimals; the minus of print too. A hyphen behind a letter or digit is no minus.
_NUMBER = re.compile(
    r"(?:(?<![\w.,)])[-\u2212\u2013])?\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?:(?<![\w.,)])[-\u2212\u2013])?\d+(?:\.\d+)?"
)
_DIGITS = 40  # more are no number to reckon with

_STORIES_OF_TWO = (
    ("A box holds {a} apples. {b} more are put in. How many apples does it hold now?", "+"),
    ("There were {a} birds on a wire and {b} flew away. How many birds are left?", "-"),
    ("A baker fills {b} trays with {a} rolls each. How many rolls is that?", "*"),
    ("A train has {a} passengers. At a stop {b} get on. How many passengers does it have then?", "+"),
    ("Mia has {a} coins and gives {b} of them to Tom. How many coins does Mia keep?", "-"),
    ("A week has 7 days. How many days are {b} weeks?", "7*"),
)  # fmt: skip


def is_number(answer: str, expected: int) -> bool:
    """Whether the last number of the answer is the expected one."""
    found = _NUMBER.findall(answer)
    if not found or len(found[-1]) > _DIGITS:
        return False
    try:
        return Decimal(re.sub("[\u2212\u2013]", "-", found[-1]).replace(",", "")) == expected
    except InvalidOperation:
        return False


def _make() -> tuple[Probe, ...]:
    generator = random.Random(_SEED)  # noqa: S311 - repeatable, not secret
    pick = generator.random  # the one method that stays the same in every version of Python

    def number(low: int, high: int) -> int:
        return low + int(pick() * (high - low + 1))

    found = []
    for index in range(_SUMS):
        a, b = (number(5, 9), number(2, 4)) if index < _SUMS // 2 else (number(11, 89), number(2, 10))
        a += a == 2 * b
        sign, value = (("+", a + b), ("-", a - b), ("\u00d7", a * b))[index % 3]
        found.append((f"What is {a} {sign} {b}? {_ONLY}", value))
    for index in range(_STORIES):
        story, sign = _STORIES_OF_TWO[index % len(_STORIES_OF_TWO)]
        a, b = number(12, 40), number(2, 9)
        value = {"+": a + b, "-": a - b, "*": a * b, "7*": 7 * b}[sign]
        found.append((f"{story.format(a=a, b=b)} {_ONLY}", value))
    return tuple(Probe(request, partial(is_number, expected=value)) for request, value in found)


ARITHMETIC = _make()
