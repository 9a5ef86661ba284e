"""Personal data in a conversation: what has a form or a check of its own, to be masked.

E-mail addresses, phone numbers (phonenumbers, several regions), payment cards and IBANs (python-stdnum checks their
digits), IP addresses. Names and street addresses have no form (`selfsown.screening.mentions` warns of what looks so).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from selfsown.conversation import Turn
from selfsown.extras import need
from selfsown.screening.national import find_national_numbers
from selfsown.screening.phones import find_phones

REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "BR", "IN")

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63})+")
# Card numbers begin with 2 to 6; of thirteen digits there are only old ones that begin with 4 (an ISBN has thirteen, too).
_CARD = re.compile(r"(?<![\w.-])(?:4(?:[ -]?\d){12}|[2-6](?:[ -]?\d){13,18})(?!\w|\.\d|-\d)", re.ASCII)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b")
_IP = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\w)|(?<![\w:])[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}(?!:?\w)", re.I
)


@dataclass(frozen=True, slots=True)
class PersonalData:
    """One find: its kind, the turn it stands in (from 0), and the text from `start` to `end`."""

    kind: str
    turn: int
    start: int
    end: int


def find_personal_data(turns: Sequence[Turn], regions: Sequence[str] = REGIONS) -> list[PersonalData]:
    """Every find, in order; of finds that overlap, the one that begins first, and of those the longest.

    Raises MissingExtra without the `chat` extra.
    """
    found = []
    for index, turn in enumerate(turns):
        spans = sorted(_find(turn.content, regions), key=lambda span: (span[1], -span[2]))
        end = -1
        for kind, start, stop in spans:
            if start >= end:
                found.append(PersonalData(kind, index, start, stop))
                end = stop
    return found


def _find(text: str, regions: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    iban, luhn = need("stdnum.iban", "chat"), need("stdnum.luhn", "chat")
    for match in _EMAIL.finditer(text):
        yield "e-mail address", *match.span()
    for match in _IBAN.finditer(text):
        if iban.is_valid(match[0]):
            yield "bank account (IBAN)", *match.span()
    for match in _CARD.finditer(text):
        if luhn.is_valid(re.sub(r"\D", "", match[0])):
            yield "payment card", *match.span()
    for match in _IP.finditer(text):
        if _is_public_address(match[0]):
            yield "IP address", *match.span()
    yield from find_national_numbers(text)
    for start, end in find_phones(text, regions):
        yield "phone number", start, end


def _is_public_address(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False
