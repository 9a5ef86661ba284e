"""Files become elements: nothing is lost, nothing large is held, what is broken costs itself alone."""

from __future__ import annotations

import io
import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfsown import elements
from selfsown.elements import KEPT_BYTES, Element, read_elements, scan

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text(max_size=8)
    | st.sampled_from(['"', "\\", "]", "}", "{[\\"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
json_objects = st.dictionaries(st.text(max_size=4), json_values, max_size=3)


class Pieces(io.BytesIO):
    """A stream that gives three bytes at a time, so that every token is cut somewhere."""

    def read(self, _size: int | None = -1, /) -> bytes:
        return super().read(3)


def read(text: str | bytes, name: str = "x.json", stream: type[io.BytesIO] = io.BytesIO) -> list[Element]:
    data = text.encode() if isinstance(text, str) else text
    return list(read_elements(stream(data), name))


@given(st.lists(json_objects, max_size=5), st.sampled_from([None, 0, 2]), st.sampled_from([io.BytesIO, Pieces]))
def test_an_array_gives_its_entries_in_order(entries, indent, stream):
    found = read(json.dumps(entries, indent=indent), stream=stream)
    assert [json.loads(element.data) for element in found] == entries
    assert [element.number for element in found] == list(range(len(entries)))
    assert not any(element.problem for element in found)


@given(st.lists(json_objects, min_size=1, max_size=5), st.sampled_from([io.BytesIO, Pieces]))
def test_objects_on_lines_or_pretty_printed_one_after_the_other(entries, stream):
    lines = read("\n".join(map(json.dumps, entries)), "x.jsonl", stream)
    assert [json.loads(element.data) for element in lines] == entries
    pretty = read("\n".join(json.dumps({"k": entry}, indent=1) for entry in entries))
    assert [json.loads(element.data) for element in pretty] == [{"k": entry} for entry in entries]


@given(st.binary(max_size=60), st.sampled_from(["x.json", "x.jsonl"]), st.sampled_from([b"", b"[", b"{", b'[{"']))
def test_any_bytes_end(data, name, start):
    for stream in (io.BytesIO, Pieces):
        assert len(read(start + data, name, stream)) <= len(start + data) + 1


def test_lines_are_counted_from_one_and_blank_lines_are_none():
    found = read('{"a":1}\r\n\n  \n{"b":2}', "x.jsonl")
    assert [(element.unit, element.number) for element in found] == [("line", 1), ("line", 4)]


def test_a_byte_order_mark_is_skipped():
    assert [element.data for element in read(b'\xef\xbb\xbf[{"a":1}]')] == [b'{"a":1}']


def test_a_broken_entry_of_a_pretty_printed_array_costs_itself_alone():
    entries = [{"text": "one"}, {"text": "two"}, {"text": "three"}]
    for broken in ('"two', 'two"', "two"):
        found = read(json.dumps(entries, indent=2).replace('"two"', broken))
        kept = []
        for element in found:
            try:
                kept.append(orjson.loads(element.data)["text"])
            except (orjson.JSONDecodeError, TypeError):
                continue
        assert kept == ["one", "three"], broken
        assert "two" in b"".join(element.data for element in found).decode()


def test_an_array_that_cannot_go_on_says_so_once():
    found = read('[{"a":1},{"a":"x},{"a":3}]')
    assert [element.problem is None for element in found] == [True, False]
    assert "the rest of the file is refused" in (found[1].problem or "")
    cut_off = read('[{"a":1},')
    assert "cut off" in (cut_off[-1].problem or "")
    after = read('[{"a":1}] {"a":2}')
    assert [element.data for element in after] == [b'{"a":1}', b'{"a":2}']
    assert "follows the end" in (after[-1].problem or "")


def test_entries_that_are_no_objects_stand_for_themselves():
    assert [element.data for element in read('[1, "a,b]", null, {"a":1}, [2]]')] == [
        b"1",
        b'"a,b]"',
        b"null",
        b'{"a":1}',
        b"[2]",
    ]


@pytest.mark.parametrize("name", ["x.json", "x.jsonl"])
def test_an_endless_entry_is_skipped_in_pieces(name, monkeypatch):
    monkeypatch.setattr(elements, "PIECE_BYTES", 1 << 16)
    monkeypatch.setattr(elements, "MOST_BYTES", 1 << 18)
    long = b'{"a":"' + b'\\"[' * (1 << 18) + b'"}'
    text = b'{"n":1}\n' + long + b'\n{"n":2}\n' if name == "x.jsonl" else b'[{"n":1},' + long + b',{"n":2}]'
    found = read(text, name)
    assert [element.data for element in found if not element.problem] == [b'{"n":1}', b'{"n":2}']
    assert found[1].length == len(long)
    assert found[1].data == long[:KEPT_BYTES]


def test_scan_knows_strings_and_escapes():
    text = rb'{"a":"}\"]","b":[{}]} tail'
    assert scan(text, 0, 0, in_string=False) == (text.index(b" tail"), 0, False)
    assert scan(rb'{"a":"b' + b"\\", 0, 0, in_string=False) == (7, 1, True)
