"""Input files as a stream of elements: the lines of JSONL, the entries of a top-level JSON array, single objects.

Nothing here holds more than one element and one piece of the file, however large either is. An array is split by its
brackets (strings and escapes are honoured) and only then parsed, element by element, so a broken element costs itself
alone wherever the next one can be found again: in a file where every element begins on a line of its own, at the same
indentation, that is always so, because no JSON string holds a raw line feed.

Not covered: commas between elements are not counted, an array that lost one still reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import orjson

PIECE_BYTES = 1 << 20
MOST_BYTES = 8 << 20  # of one element: a message tree is larger than a record, a file is larger than a tree
KEPT_BYTES = 64 << 10  # of an element that is too long to be read

_FILLER = re.compile(rb'[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"\[\]{}]*+)*+', re.DOTALL)
_STRING_REST = re.compile(rb"[^\"\\]*+(?:\\.[^\"\\]*+)*+", re.DOTALL)
_GAP = re.compile(rb"[\s,]*+")
_SCALAR = re.compile(rb'(?:[^",\[\]{]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")++', re.DOTALL)
_QUOTE, _OPEN, _CLOSE_ARRAY = 0x22, (0x5B, 0x7B), 0x5D


class Stream(Protocol):
    """What is read: a file, or a progress bar around one."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


@dataclass(slots=True)
class Element:
    """One entry of a file. `number` counts lines from 1 or array entries from 0, as `unit` ("line", "index") says.

    `problem` says why it cannot be read at all; `data` is then what was kept of its `length` bytes.
    """

    unit: str
    number: int
    data: bytes
    problem: str | None = None
    length: int = 0


def read_elements(stream: Stream, name: str) -> Iterator[Element]:
    """Yield the elements of a file. `name` only matters for its ending: `.jsonl` is read by lines.

    A byte order mark in front is skipped. Otherwise the first character decides: `[` begins an array; an object whose
    first line is complete begins a file of lines; any other object is read to its own end.
    """
    head = stream.read(PIECE_BYTES).removeprefix(b"\xef\xbb\xbf")
    start = head.lstrip()
    if start.startswith(b"["):
        return _read_values(stream, start[1:], in_array=True)
    first_line = start.partition(b"\n")[0].rstrip()
    if start.startswith(b"{") and not name.endswith((".jsonl", ".ndjson")) and not first_line.endswith(b"}"):
        return _read_values(stream, start, in_array=False)
    return _read_lines(stream, head)


def _read_lines(stream: Stream, piece: bytes) -> Iterator[Element]:
    """The lines of a file without their line feeds; blank ones are no elements."""
    number, rest = 0, b""
    while piece:
        *lines, rest = (rest + piece).split(b"\n") if rest else piece.split(b"\n")
        for line in lines:
            number += 1
            if line and not line.isspace():
                yield Element("line", number, line)
        if len(rest) > MOST_BYTES:
            number += 1
            kept, length, piece = _skip_line(stream, rest)
            rest = b""
            yield _too_long("line", number, kept, length)
            if piece:
                continue
        piece = stream.read(PIECE_BYTES)
    if rest and not rest.isspace():
        yield Element("line", number + 1, rest)


def _skip_line(stream: Stream, begun: bytes) -> tuple[bytes, int, bytes]:
    """Read past the end of a line: (its beginning, its length, what follows it)."""
    length = len(begun)
    while piece := stream.read(PIECE_BYTES):
        line, found, rest = piece.partition(b"\n")
        length += len(line)
        if found:
            return begun[:KEPT_BYTES], length, rest
    return begun[:KEPT_BYTES], length, b""


@dataclass(slots=True)
class _Ahead:
    """A stream with what was read of it but not used yet: the buffer from `at` on."""

    stream: Stream
    buffer: bytes
    at: int = 0

    def read_on(self) -> bool:
        """Drop what was used and add a piece; False at the end of the stream."""
        piece = self.stream.read(PIECE_BYTES)
        if self.at or piece:
            self.buffer, self.at = self.buffer[self.at :] + piece, 0
        return bool(piece)


def _read_values(stream: Stream, buffer: bytes, *, in_array: bool) -> Iterator[Element]:
    """The values of a top-level array (after its bracket), or objects one after the other."""
    ahead = _Ahead(stream, buffer)
    number, margin, goes_on = 0, b"", True
    while goes_on:
        gap_from, ahead.at = ahead.at, _end(_GAP, ahead.buffer, ahead.at)
        line_start = ahead.buffer.rfind(b"\n", gap_from, ahead.at)
        margin = ahead.buffer[line_start : ahead.at] if line_start >= 0 else margin
        if ahead.at == len(ahead.buffer):
            if ahead.read_on():
                continue
            if in_array:
                yield Element("index", number, b"", "the file ends before the array does: is it cut off?")
            return
        first = ahead.buffer[ahead.at]
        if in_array and first == _CLOSE_ARRAY:
            yield from _after_array(ahead, number)
            return
        element, goes_on = _take_container(ahead, margin) if first in _OPEN else _take_scalar(ahead)
        element.number = number
        number += 1
        yield element


def _after_array(ahead: _Ahead, number: int) -> Iterator[Element]:
    ahead.at += 1
    while not (kept := ahead.buffer[ahead.at :].strip()):
        ahead.at = len(ahead.buffer)
        if not ahead.read_on():
            return
    length = len(kept)
    while piece := ahead.stream.read(PIECE_BYTES):
        length += len(piece)
    sentence = "something follows the end of the array; all of it is refused"
    yield Element("index", number, kept[:KEPT_BYTES], sentence, length)


def _take_container(ahead: _Ahead, margin: bytes) -> tuple[Element, bool]:
    """The object or array ahead, and whether what follows can be read."""
    at, depth, in_string = scan(ahead.buffer, ahead.at, 0, in_string=False)
    while depth and at - ahead.at <= MOST_BYTES:
        at -= ahead.at
        if not ahead.read_on():
            break
        at, depth, in_string = scan(ahead.buffer, at, depth, in_string=in_string)
    data = ahead.buffer[ahead.at : at]
    cut = _broken_until(data, margin)
    if cut is not None:
        ahead.at += cut
        sentence = "the entry is broken (a quote or bracket is missing); the next one begins on a line of its own"
        return Element("index", 0, data[:cut][:KEPT_BYTES], sentence, cut), True
    ahead.at = at
    if not depth:
        return Element("index", 0, data), True
    if len(data) > MOST_BYTES:
        return _skip_container(ahead, data, depth, in_string=in_string)
    sentence = "the file ends inside this entry: a quote or bracket is missing in it; the rest of the file is refused"
    return Element("index", 0, data[:KEPT_BYTES], sentence, len(data)), False


def _skip_container(ahead: _Ahead, begun: bytes, depth: int, *, in_string: bool) -> tuple[Element, bool]:
    length = len(begun)
    while depth:
        if not ahead.read_on():
            sentence = "the entry is too long and does not end; the rest of the file is refused"
            return Element("index", 0, begun[:KEPT_BYTES], sentence, length), False
        # A lone backslash at the end of a piece is left over and belongs to the next one.
        ahead.at, depth, in_string = scan(ahead.buffer, 0, depth, in_string=in_string)
        length += ahead.at
    return _too_long("index", 0, begun, length), True


def _take_scalar(ahead: _Ahead) -> tuple[Element, bool]:
    """Anything ahead that is no object: text, a number, garbage."""
    while (at := _end(_SCALAR, ahead.buffer, ahead.at)) == len(ahead.buffer) or ahead.buffer[at] == _QUOTE:
        if at - ahead.at > MOST_BYTES or not ahead.read_on():
            kept = ahead.buffer[ahead.at :]
            sentence = "there is no object here, and nothing after it can be read; the rest of the file is refused"
            return Element("index", 0, kept[:KEPT_BYTES], sentence, len(kept)), False
    data = ahead.buffer[ahead.at : max(at, ahead.at + 1)]
    ahead.at += len(data)
    return Element("index", 0, data.rstrip()), True


def scan(data: bytes, at: int, depth: int, *, in_string: bool) -> tuple[int, int, bool]:
    """Go from `at` to the end of the value (depth 0) or of the data: (where, depth, whether inside a string)."""
    size = len(data)
    while at < size:
        if in_string:
            at = _end(_STRING_REST, data, at)
            if at == size or data[at] != _QUOTE:
                return at, depth, True
            at, in_string = at + 1, False
        at = _end(_FILLER, data, at)
        if at == size:
            break
        mark = data[at]
        at += 1
        if mark == _QUOTE:
            in_string = True
        elif mark in _OPEN:
            depth += 1
        else:
            depth -= 1
            if not depth:
                break
    return at, depth, in_string


def _broken_until(data: bytes, margin: bytes) -> int | None:
    """Where the next element begins inside `data`, if `data` is no JSON and elements begin on lines of their own."""
    if not margin:
        return None
    at = data.find(margin + data[:1], 1)
    if at < 0:
        return None
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return at
    return None


def _too_long(unit: str, number: int, kept: bytes, length: int) -> Element:
    sentence = f"the entry has {length:,} bytes; at most {MOST_BYTES:,} are read"
    return Element(unit, number, kept[:KEPT_BYTES], sentence, length)


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    """Where the match at `at` ends; every pattern here but _SCALAR matches nothing at the least."""
    match = pattern.match(data, at)
    return match.end() if match else at
