"""Phone numbers, by the numbering plans of the regions that the policy names, and of all of them behind a country code.

phonenumbers knows the plans. It is asked only about runs of digits that could be a number, and the same run only once:
its own search over 64 KB of digits takes half a minute with twenty regions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from selfsown.extras import need

MOST_RUNS = 200  # of digits that could be a number, in one turn: more of them are a table, and nobody looks through it

_RUN = re.compile(r"(?<![\w.,/=#-])[+(\[]?\(?\d[\d ().\-/\u00a0\u2010-\u2015]{5,24}\d(?![\w/=]|[.,]\d)")
_DIGITS = re.compile(r"\d")
_WORDS = re.compile(
    r"(?:phone|call|cell|mobile|mob\b|tel\b|tel[.:]|number|\bring\b|text me|whatsapp|signal|fax|reach|contact|dial|sms|"
    r"telefon|handy|nummer|anruf|téléphone|numéro|appel|móvil|llama|telefono|cellulare|celular|ligue|bel\b|bellen|zadzwo)",
    re.IGNORECASE,
)
_NEAR = 60  # characters before a number in which a word may say that it is one
_COLUMNS = re.compile(r" \.|\. |(?:(?<!\d)\d{1,2}[^\d]{1,2}){6}")  # of a table, or letters as numbers
_NEVER = re.compile(  # a day, or from one year to another
    r"(?:1\d|20)\d\d[-./ ](?:0?[1-9]|1[0-2])[-./ ][0-3]?\d|[0-3]?\d[-./ ][01]?\d[-./ ](?:1\d|20)\d\d"
    r"|(?:1\d|20)\d\d ?[-\u2013] ?(?:1\d|20)\d\d"
)


def has_too_many_runs(text: str) -> bool:
    """Whether a text has more runs of digits than are looked at."""
    return next(islice(_RUN.finditer(text), MOST_RUNS, None), None) is not None


def find_phones(text: str, regions: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(start, end) of every phone number among the first runs of digits. Raises MissingExtra without the `chat` extra."""
    for run in islice(_RUN.finditer(text), MOST_RUNS):
        digits = len(_DIGITS.findall(run[0]))
        if 7 <= digits <= 17 and not _NEVER.fullmatch(run[0].strip("([")):
            is_named = bool(_WORDS.search(text, max(run.start() - _NEAR, 0), run.start()))
            for start, end in _numbers_in(run[0], tuple(regions), is_named):
                yield run.start() + start, run.start() + end


@lru_cache(maxsize=4096)
def _numbers_in(run: str, regions: tuple[str, ...], is_named: bool) -> tuple[tuple[int, int], ...]:
    """The numbers in a run of digits: as written abroad, or at home in one of the regions."""
    phonenumbers = need("phonenumbers", "chat")
    for region in ("ZZ", *regions):
        leniency = phonenumbers.Leniency.VALID
        matches = phonenumbers.PhoneNumberMatcher(run, region, leniency, 10)
        found = [(match.start, match.end) for match in matches if not _COLUMNS.search(match.raw_string)]
        if found and (region == "ZZ" or is_named or _is_written_as_one(run)):
            return tuple(found)
    return ()


def _is_written_as_one(run: str) -> bool:
    """Whether a number without a country code looks like one by itself: in groups, or with the zero in front."""
    return run.startswith(("0", "(")) or len(re.findall(r"\d+", run)) > 1
