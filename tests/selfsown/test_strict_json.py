"""Every refusal with its number, and what is accepted is what orjson reads."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfsown.canonical import canonical_line
from selfsown.strict_json import MAX_SAFE_INTEGER, Refusal, parse_line, parse_loose

DEPTH = 12

REFUSED = {
    "a byte order mark": (b'\xef\xbb\xbf{"a":1}\n', "S102"),
    "UTF-16": ('{"a":1}\n'.encode("utf-16"), "S102"),
    "UTF-16 without a mark": ('{"a":1}\n'.encode("utf-16-le"), "S105"),
    "Latin-1": (b'{"a":"caf\xe9"}\n', "S103"),
    "an overlong encoding": (b'{"a":"\xc0\xaf"}\n', "S103"),
    "a surrogate as bytes": (b'{"a":"\xed\xa0\x80"}\n', "S103"),
    "CRLF": (b'{"a":1}\r\n', "S104"),
    "a NUL at the end": (b'{"a":1}\x00\n', "S105"),
    "a blank line": (b"\n", "S106"),
    "white space": (b" \t \n", "S106"),
    "half an object": (b'{"a":\n', "S108"),
    "two values": (b'{"a":1}{"b":2}\n', "S108"),
    "a leading zero": (b'{"a":01}\n', "S108"),
    "a raw control character": (b'{"a":"\x01"}\n', "S108"),
    "single quotes": (b"{'a':1}\n", "S108"),
    "the same key twice": (b'{"a":1,"a":2}\n', "S109"),
    "the same key in another spelling": (b'{"\\u0061":1,"a":2}\n', "S109"),
    "NaN": (b'{"a":NaN}\n', "S110"),
    "minus infinity": (b'{"a":-Infinity}\n', "S110"),
    "1e999": (b'{"a":1e999}\n', "S110"),
    "half a surrogate pair": (b'{"a":"\\ud800"}\n', "S111"),
    "half a surrogate pair in a key": (b'{"\\udc00":1}\n', "S111"),
    "13 levels": (b'{"a":' + b"[" * 12 + b"]" * 12 + b"}\n", "S112"),
    "an integer beyond 2^53": (b'{"a":9007199254740993}\n', "S113"),
    "an integer beyond 2^64": (b'{"a":18446744073709551616}\n', "S113"),
    "5,000 digits": (b'{"a":' + b"9" * 5000 + b"}\n", "S113"),
    "a list": (b"[1]\n", "S114"),
    "a text": (b'"a"\n', "S114"),
    "spaces": (b'{"a": 1}\n', "S115"),
    "unsorted keys": (b'{"b":1,"a":2}\n', "S115"),
    "a needless escape": (b'{"a":"\\/"}\n', "S115"),
    "an escaped letter": (b'{"a":"\\u00e9"}\n', "S115"),
    "minus nought": (b'{"a":-0}\n', "S115"),
    "lost digits": (b'{"a":0.12345678901234567890}\n', "S115"),
    "no line feed": (b'{"a":1}', "S115"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str):
    line, number = REFUSED[name]
    with pytest.raises(Refusal) as refused:
        parse_line(line, DEPTH)
    assert refused.value.number == number
    assert refused.value.tip


def test_the_message_names_the_place():
    with pytest.raises(Refusal) as refused:
        parse_line(b'{"a" 1}\n', DEPTH)
    assert refused.value.message == "not JSON: Expecting ':' delimiter at character 6"


@pytest.mark.parametrize(
    "line",
    [
        b"{}\n",
        '{"a":"U+2028 \u2028 stays"}\n'.encode(),
        b'{"__proto__":1,"constructor":2}\n',
        b'{"a":9007199254740991}\n',
        b'{"a":"[[[[[[[[[[[[[[[[[[[["}\n',
        b'{"a":' + b"[" * 11 + b"]" * 11 + b"}\n",
        b'{"a":"\\\\u0000 \\" \\\\"}\n',
    ],
)
def test_accepted(line: bytes):
    assert canonical_line(parse_line(line, DEPTH)) == line


def test_loose_takes_any_spelling():
    assert parse_loose(b' { "b" : 1 , "a" : "\\u00e9" }', DEPTH) == {"a": "é", "b": 1}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
SEEDS = [line for line, _ in REFUSED.values()]


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=4))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_an_accepted_line_round_trips_and_is_what_orjson_reads(record: dict[str, object]):
    try:
        line = canonical_line(record)
    except (orjson.JSONEncodeError, UnicodeEncodeError):
        return
    try:
        parsed = parse_line(line, DEPTH)
    except Refusal as refusal:
        number = refusal.number
    else:
        number = None
        assert canonical_line(parsed) == line
        assert parsed == orjson.loads(line)
    assert number in {None, "S112", "S113"}


@given(
    st.binary(max_size=80)
    | st.builds(lambda a, b, cut: a[:cut] + b[cut:], *[st.sampled_from(SEEDS)] * 2, st.integers(0, 20))
)
@settings(derandomize=True, max_examples=500, deadline=None)
def test_any_bytes_are_accepted_or_refused(data: bytes):
    line = data.replace(b"\n", b"") + b"\n"
    try:
        parsed = parse_line(line, DEPTH)
    except Refusal:
        return
    assert canonical_line(parsed) == line
    assert all(abs(value) <= MAX_SAFE_INTEGER for value in parsed.values() if isinstance(value, int))
