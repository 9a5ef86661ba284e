"""Lines end at a line feed, and nowhere else; a long one is refused without being held."""

from __future__ import annotations

import io

from selfsown.lines import read_lines
from selfsown.strict_json import Refusal


def numbers(content: bytes, most: int = 10) -> list[tuple[int, bytes | str]]:
    return [
        (number, line.number if isinstance(line, Refusal) else line)
        for number, line in read_lines(io.BytesIO(content), most)
    ]


def test_only_a_line_feed_ends_a_line():
    content = "a\u2028b\n\rc\x0b\x85\n".encode()
    assert [line for _, line in numbers(content)] == [b"a\xe2\x80\xa8b\n", b"\rc\x0b\xc2\x85\n"]


def test_a_line_of_the_limit_with_its_line_feed_passes():
    assert numbers(b"123456789\n") == [(1, b"123456789\n")]
    assert numbers(b"1234567890\n") == [(1, "S101")]


def test_a_long_line_is_skipped_to_its_end():
    assert numbers(b"1" * 3_000_000 + b"\nnext\n") == [(1, "S101"), (2, b"next\n")]


def test_the_message_counts_the_whole_line():
    ((_, refusal),) = read_lines(io.BytesIO(b"1" * 3_000_000), 10)
    assert isinstance(refusal, Refusal)
    assert refusal.message == "the line has 3,000,000 bytes; a record has at most 10"


def test_the_last_line_ends_too():
    assert numbers(b"a\nb") == [(1, b"a\n"), (2, "S107")]
    assert numbers(b"") == []
