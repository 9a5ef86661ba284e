"""The numbers of a text, and a wrong one that looks as plausible in the same place."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from selfsown.corruption.prose import without_code

_NUMBER = re.compile(r"(?<![\w.,/^:])(?:\d{1,2}:[0-5]\d(?![\d:])|\d{1,12}(?:[.,]\d{1,6})*(?![\w^]|:\d))")
_LIST_MARK = re.compile(r"(?:^|\n)\s*\Z")
_HEDGED = re.compile(
    r"\b(?:about|around|roughly|approximately|nearly|almost|over|some|up to|at least|etwa|rund|circa|ungefähr|fast|environ|presque|"
    r"unos|unas|casi|cerca de|quasi)\s+\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it is written, and where it begins."""

    text: str
    start: int


def find_figures(text: str) -> list[Figure]:
    """The numbers in prose, without those of lists, of code, and those that claim to be rough."""
    plain = without_code(text)
    found = []
    for match in _NUMBER.finditer(plain):
        before = plain[max(0, match.start() - 24) : match.start()]
        is_mark = plain[match.end() : match.end() + 2] in (". ", ") ", ".\n") and _LIST_MARK.search(before)
        if not is_mark and not _HEDGED.search(before):
            found.append(Figure(match[0], match.start()))
    return found


def find_results(text: str, request: str) -> list[Figure]:
    """The numbers that the answer found out: those that the request does not hold, the last one first.

    Where all of them stand in the request, all of them, the last one first.
    """
    figures = find_figures(text)[::-1]
    given = {figure.text for figure in find_figures(request)}
    return [figure for figure in figures if figure.text not in given] or figures


def wrong_figure(right: str, dice: random.Random) -> str:
    """Another number of the same form: off by a little, by a digit, by a factor. Never the same."""
    if ":" in right:
        return _other_time(right, dice)
    separators = re.findall(r"[.,]", right)
    digits = re.sub(r"[.,]", "", right)
    changes = [_by_a_little, _one_digit]
    changes += [_two_digits_swapped] if len(digits) > 1 and len(set(digits)) > 1 else []
    changes += [_by_a_factor] if not separators and len(digits) < 5 and not right.startswith("0") else []
    for _ in range(8):
        wrong = dice.choice(changes)(digits, dice)
        if wrong != digits and wrong.isdigit():
            return _with_separators(wrong, right) if separators else wrong
    return _with_separators(_one_digit(digits, dice), right)


def _other_time(right: str, dice: random.Random) -> str:
    hours, minutes = map(int, right.split(":"))
    total = (hours * 60 + minutes + dice.choice([-120, -60, -30, -15, -10, -5, 5, 10, 15, 30, 60, 120])) % 1440
    return f"{total // 60:0{len(right) - 3}d}:{total % 60:02d}"


def _by_a_little(digits: str, dice: random.Random) -> str:
    value = int(digits)
    if len(digits) == 4 and 1000 <= value <= 2100:  # may well be a year
        return str(value + dice.choice([-30, -10, -4, -2, -1, 1, 2, 3, 10, 20]))
    step = dice.choice([1, 1, 2, 3, 10]) if value < 100 else dice.choice([1, 2, 5, 10, max(1, value // 10)])
    return str(max(0, value + dice.choice([-step, step]))).zfill(len(digits) if digits.startswith("0") else 1)


def _one_digit(digits: str, dice: random.Random) -> str:
    place = dice.randrange(len(digits))
    others = [digit for digit in "123456789" if digit != digits[place]]
    return digits[:place] + dice.choice(others) + digits[place + 1 :]


def _two_digits_swapped(digits: str, dice: random.Random) -> str:
    place = dice.randrange(len(digits) - 1)
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    return digits if swapped.startswith("0") and not digits.startswith("0") else swapped


def _by_a_factor(digits: str, dice: random.Random) -> str:
    value = int(digits)
    return str(dice.choice([value * 2, value * 10, value // 2 if value > 1 else value + 1]))


def _with_separators(digits: str, pattern: str) -> str:
    """Digits with the separators of `pattern`, counted from the right: 1,250.5 keeps its form."""
    parts = re.split(r"([.,])", pattern)
    rest, made = digits, []
    for part in reversed(parts):
        if part in (".", ","):
            made.append(part)
        else:
            made.append(rest[-len(part) :].rjust(len(part), "0") if rest else "0" * len(part))
            rest = rest[: -len(part)]
    return rest + "".join(reversed(made))
