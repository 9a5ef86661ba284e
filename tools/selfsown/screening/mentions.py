"""Sentences in which people tell who they are or where they live: only a warning, because no rule finds names reliably.

Only the user's turns: an assistant that says "my name is" plays somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAME = re.compile(
    r"\b(?:my (?:full |last |first |real )?name is|my name's|i am called|mein name ist|ich hei(?:ß|ss)e|je m'appelle|"
    r"me llamo|mi nombre es|mi chiamo|meu nome é|ik heet)[ \t]{1,3}",
    re.IGNORECASE,
)
_SAID = re.compile(r"[A-ZÀ-ÖØ-Þ][\w'\u2019\-]{1,30}(?:[ \t][A-ZÀ-ÖØ-Þ][\w'\u2019.\-]{0,30}){0,3}")
_WORD = r"[A-ZÀ-ÖØ-Þ][\w'\u2019.\-]{1,30}"
_STREET = re.compile(
    rf"\b[0-9]{{1,5}}[a-zA-Z]?[ \t]{_WORD}(?:[ \t]{_WORD}){{0,3}}[ \t](?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|"
    r"Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Way|Terrace|Square|Crescent)\b\.?"
    rf"|\b{_WORD}(?:straße|strasse|str\.|weg|gasse|platz|allee|straat|laan)[ \t][0-9]{{1,4}}[a-z]?\b"
    r"|\b[0-9]{1,4}(?:[ ]?(?:bis|ter))?,?[ \t](?:rue|avenue|boulevard|impasse|allée|chemin|place)[ \t]"
    rf"(?:d[eu]s?[ \t]|de la[ \t]|l')?{_WORD}"
    rf"|\b(?:Calle|Avenida|Av\.|Via|Viale|Corso|Piazza|Rua|Travessa)[ \t]{_WORD}(?:[ \t]{_WORD}){{0,3}},?[ \t]"
    r"(?:n\.?[º°]?[ ]?)?[0-9]{1,5}\b"
)


def find_mentions(text: str) -> Iterator[tuple[str, int, int]]:
    """(kind, start, end) of what looks like a name or a street address of the one who speaks. Linear in the length."""
    for match in _NAME.finditer(text):
        said = _SAID.match(text, match.end())
        if said:
            yield "name", *said.span()
    if any(map(str.isdigit, text)):
        for match in _STREET.finditer(text):
            yield "street address", *match.span()
