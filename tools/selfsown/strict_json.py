"""Strict reading of one JSONL line: everything that two JSON readers could see differently is refused.

`parse_line` has a fast path, orjson plus one comparison with the canonical form (a duplicate key, a byte order mark,
stray white space or a lost digit all change it), and a slow path that finds out which refusal it is. Time and memory
are bounded by the caller, who never passes more than a record's limit (see `selfsown.lines`).

Not covered here: what the text says. That is for the rules.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

import orjson

from selfsown.canonical import canonical_line

MAX_SAFE_INTEGER = 2**53 - 1


class Refusal(Exception):
    """Why a line is refused: the number and name of the refusal, what is wrong, what to do."""

    def __init__(self, number: str, name: str, message: str, tip: str) -> None:
        super().__init__(number, name, message, tip)
        self.number, self.name, self.message, self.tip = number, name, message, tip


LINE_TOO_LONG = ("S101", "line-too-long")
BYTE_ORDER_MARK = ("S102", "byte-order-mark")
NOT_UTF8 = ("S103", "not-utf-8")
CARRIAGE_RETURN = ("S104", "carriage-return")
NUL = ("S105", "nul")
BLANK_LINE = ("S106", "blank-line")
NO_FINAL_LINE_FEED = ("S107", "no-final-line-feed")
NOT_JSON = ("S108", "not-json")
DUPLICATE_KEY = ("S109", "duplicate-key")
NOT_FINITE = ("S110", "not-finite")
LONE_SURROGATE = ("S111", "lone-surrogate")
TOO_DEEP = ("S112", "too-deep")
HUGE_INTEGER = ("S113", "huge-integer")
NOT_AN_OBJECT = ("S114", "not-an-object")
NOT_CANONICAL = ("S115", "not-canonical")
REFUSALS = (
    LINE_TOO_LONG,
    BYTE_ORDER_MARK,
    NOT_UTF8,
    CARRIAGE_RETURN,
    NUL,
    BLANK_LINE,
    NO_FINAL_LINE_FEED,
    NOT_JSON,
    DUPLICATE_KEY,
    NOT_FINITE,
    LONE_SURROGATE,
    TOO_DEEP,
    HUGE_INTEGER,
    NOT_AN_OBJECT,
    NOT_CANONICAL,
)

# A string that does not end runs to the end of the text, so every character is looked at once.
_BRACKET_OR_STRING = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*+"?', re.DOTALL)

_CANONICAL_TIP = "rewrite the file with `selfsown import FILE --format messages`: it writes the canonical form"


def parse_canonical(line: bytes) -> dict[str, Any] | None:
    """The object of a line that is its own canonical form, else None. Numbers and depth are left to `check_values`."""
    try:
        value = orjson.loads(line)
        return value if isinstance(value, dict) and canonical_line(value) == line else None
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        # The encoder gives up at a depth of 254, the decoder only at 1,024.
        return None


def parse_line(line: bytes, max_depth: int) -> dict[str, Any]:
    """The object of one line that ends in a line feed. Raises Refusal; a line that parses is its own canonical form."""
    value = parse_canonical(line)
    if value is not None:
        check_values(value, max_depth)
        return value
    value = parse_loose(line, max_depth)
    if canonical_line(value) != line:
        _refuse(
            NOT_CANONICAL,
            "the line is not in canonical form (sorted keys, no spaces, no needless escapes)",
            _CANONICAL_TIP,
        )
    return value


def parse_loose(line: bytes, max_depth: int) -> dict[str, Any]:
    """The object of one line in any JSON spelling. Raises Refusal for all but the spelling and a missing line feed."""
    value = parse_value(line, max_depth)
    if not isinstance(value, dict):
        _refuse(
            NOT_AN_OBJECT, f"the line holds {_kind(value)}, not an object", 'a record is one object: {"messages":[…],…}'
        )
    return value


def parse_value(data: bytes, max_depth: int) -> Any:
    """Any JSON value, strictly. Raises Refusal."""
    text = _decode(data)
    _check_depth(text, max_depth)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_safe_integer,
        )
    except json.JSONDecodeError as error:
        _refuse(
            NOT_JSON, f"not JSON: {error.msg} at character {error.pos + 1}", "check quotes, commas and brackets there"
        )
    _check_surrogates(value)
    return value


def _refuse(refusal: tuple[str, str], message: str, tip: str) -> NoReturn:
    raise Refusal(*refusal, message, tip)


def _decode(data: bytes) -> str:
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        _refuse(BYTE_ORDER_MARK, "the file begins with a byte order mark", "save as UTF-8 without BOM")
    if b"\x00" in data:
        _refuse(NUL, "the line contains a NUL byte", "remove it; a text file saved as UTF-16 is full of them")
    if b"\r" in data:
        _refuse(CARRIAGE_RETURN, "the line contains a carriage return", "use line feeds only (LF, not CRLF)")
    if not data.strip():
        _refuse(BLANK_LINE, "the line is blank", "remove it: every line is one record")
    try:
        return data.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        _refuse(NOT_UTF8, f"byte {error.start + 1} of the line is not UTF-8", "save the file as UTF-8")


def _check_depth(text: str, max_depth: int) -> None:
    """Count brackets outside strings before any parser recurses into them."""
    if text.count("[") + text.count("{") <= max_depth:
        return
    depth = 0
    for token in _BRACKET_OR_STRING.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth > max_depth:
                _refuse(TOO_DEEP, f"nested deeper than {max_depth} levels", "flatten it")
        elif token[0] in "]}":
            depth -= 1


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        _refuse(DUPLICATE_KEY, f"the key {json.dumps(twice)} stands twice in one object", "keep one of the two")
    return table


def _no_constant(name: str) -> NoReturn:
    _refuse(NOT_FINITE, f"{name} is not a JSON number", "leave the field out where there is no value")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        _refuse(NOT_FINITE, f"the number {text[:40]} is too large", "use a number that a 64-bit float holds")
    return value


def _safe_integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_SAFE_INTEGER:
        _refuse(HUGE_INTEGER, f"the integer {text[:40]} is beyond ±(2^53-1)", "write it as text")
    return int(text)


def _check_surrogates(value: Any) -> None:
    for text in _strings(value):
        if any("\ud800" <= character <= "\udfff" for character in text):
            _refuse(LONE_SURROGATE, "a \\uD8xx escape stands alone", "write the character itself, or both halves")


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [] if value.isascii() else [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in _strings(part)]
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return []


def check_values(value: Any, max_depth: int, depth: int = 1) -> None:
    """Refuse what orjson lets through: integers beyond 2^53 and depth up to 1,024. Raises Refusal."""
    if isinstance(value, dict | list):
        if depth > max_depth:
            _refuse(TOO_DEEP, f"nested deeper than {max_depth} levels", "flatten it")
        for item in value.values() if isinstance(value, dict) else value:
            if not isinstance(item, str):
                check_values(item, max_depth, depth + 1)
    elif isinstance(value, int) and abs(value) > MAX_SAFE_INTEGER:
        _refuse(HUGE_INTEGER, f"the integer {value} is beyond ±(2^53-1)", "write it as text")


def _kind(value: Any) -> str:
    return {list: "a list", str: "text", bool: "true or false", type(None): "null"}.get(type(value), "a number")
