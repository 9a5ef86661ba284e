"""National numbers of people, by their check digits (python-stdnum); where those are weak, a word has to name them.

One line a number: its kind, its form, the module of stdnum that checks it, and the words one of which must stand near.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selfsown.extras import need

_NEAR = 60  # characters before a number in which the word may stand


@dataclass(frozen=True, slots=True)
class _NationalNumber:
    kind: str
    form: re.Pattern[str]
    module: str
    words: re.Pattern[str] | None


def _number(kind: str, form: str, module: str, words: str = "") -> _NationalNumber:
    named = re.compile(words, re.IGNORECASE) if words else None
    return _NationalNumber(kind, re.compile(rf"(?<![\w.-]){form}(?![\w-]|\.\d)", re.ASCII), module, named)


NUMBERS = (
    _number("US social security number", r"\d{3}-\d{2}-\d{4}", "us.ssn"),
    _number("US social security number", r"\d{3} ?\d{2} ?\d{4}", "us.ssn", r"\bssn\b|social security"),
    _number("US taxpayer number", r"9\d{2}-\d{2}-\d{4}", "us.itin"),
    _number("UK National Insurance number", r"[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]", "gb.nino"),
    _number("UK NHS number", r"\d{3}[ -]?\d{3}[ -]?\d{4}", "gb.nhs", r"\bnhs\b"),
    _number("Brazilian CPF", r"\d{3}\.\d{3}\.\d{3}-\d{2}", "br.cpf"),
    _number("Brazilian CPF", r"\d{11}", "br.cpf", r"\bcpf\b"),
    _number("Spanish DNI", r"\d{8}-?[A-Z]", "es.dni"),
    _number("Spanish NIE", r"[XYZ]-?\d{7}-?[A-Z]", "es.nie"),
    _number("Italian codice fiscale", r"[A-Z]{6}\d{2}[ABCDEHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", "it.codicefiscale"),
    _number("French NIR", r"[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}", "fr.nir"),
    _number("German tax number", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", "de.idnr", r"steuer|\bidnr|tax|\btin\b"),
    _number("Dutch BSN", r"\d{9}", "nl.bsn", r"\bbsn\b|burgerservice|sofi"),
    _number("Polish PESEL", r"\d{11}", "pl.pesel", r"pesel"),
    _number("Swedish personal number", r"(?:\d{2})?\d{6}[-+]\d{4}", "se.personnummer"),
    _number("Finnish personal code", r"\d{6}[-+A]\d{3}[0-9A-Z]", "fi.hetu"),
    _number("Indian Aadhaar", r"\d{4} \d{4} \d{4}", "in_.aadhaar"),
    _number("Indian Aadhaar", r"\d{12}", "in_.aadhaar", r"aadhaa?r|uid"),
    _number("Canadian SIN", r"\d{3}[ -]\d{3}[ -]\d{3}", "ca.sin", r"\bsin\b|social insurance|\bnas\b"),
    _number("Swiss AHV number", r"756\.\d{4}\.\d{4}\.\d{2}", "ch.ssn"),
    _number("South African ID", r"\d{13}", "za.idnr", r"\bid\b|identity"),
)


def find_national_numbers(text: str) -> Iterator[tuple[str, int, int]]:
    """(kind, start, end). Linear in the length of the text. Raises MissingExtra without the `chat` extra."""
    if sum(map(str.isdigit, text)) < 6:
        return
    for number in NUMBERS:
        for match in number.form.finditer(text):
            if number.words and not number.words.search(text, max(match.start() - _NEAR, 0), match.start()):
                continue
            if need(f"stdnum.{number.module}", "chat").is_valid(match[0]):
                yield number.kind, *match.span()
