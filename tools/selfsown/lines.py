"""Bounded reading of lines: never more than a record's limit in memory, however long the line on disk is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from selfsown.strict_json import LINE_TOO_LONG, NO_FINAL_LINE_FEED, Refusal

_SKIP_BYTES = 1 << 20


def read_lines(stream: BinaryIO, max_bytes: int) -> Iterator[tuple[int, bytes | Refusal]]:
    """Yield (line number from 1, the line with its line feed, or why it is refused).

    Only a line feed ends a line: U+2028 and a lone carriage return are part of it. An over-long line is skipped in
    pieces, so a 300 MB line costs a read of the file and one megabyte of memory.
    """
    number = 0
    while line := stream.readline(max_bytes + 1):
        number += 1
        if len(line) > max_bytes:
            length = len(line) + (0 if line.endswith(b"\n") else _skip_line(stream))
            yield (
                number,
                Refusal(
                    *LINE_TOO_LONG,
                    f"the line has {length:,} bytes; a record has at most {max_bytes:,}",
                    "split the conversation or leave it out",
                ),
            )
        elif line.endswith(b"\n"):
            yield number, line
        else:
            yield (
                number,
                Refusal(
                    *NO_FINAL_LINE_FEED, "the last line does not end in a line feed", "end the file with a line feed"
                ),
            )


def _skip_line(stream: BinaryIO) -> int:
    """Read up to and with the next line feed; return how many bytes that was."""
    skipped = 0
    while piece := stream.readline(_SKIP_BYTES):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped
