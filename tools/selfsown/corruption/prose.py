"""Text as sentences, words and code, in whatever language: what a change may touch and what it leaves alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W\d_]+)?")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+", re.DOTALL)
_SENTENCE = re.compile(r".+?(?:[.!?…][\"'”\u2019»)\]]*(?=\s|\Z)|[。！？]|(?=\n)|\Z)\s*", re.DOTALL)
_LIST_MARK = re.compile(r"\s*(?:[-*•]|\d{1,3}[.)])\s*")


def split_sentences(text: str) -> list[str]:
    """The text in pieces that end with a sentence or a line; joined they are the text again, white space included.

    A code fence stays whole, and the number of a list item stays with its sentence.
    """
    pieces: list[str] = []
    position = 0
    for match in _SENTENCE.finditer(_masked(text, "x")):
        piece = text[position : match.end()]
        position = match.end()
        if pieces and _LIST_MARK.fullmatch(pieces[-1]):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def split_code(text: str) -> Iterator[tuple[bool, str]]:
    """(is code, piece) in order; links count as code. Joined the pieces are the text again."""
    position = 0
    for match in _CODE.finditer(text):
        if match.start() > position:
            yield False, text[position : match.start()]
        yield True, match[0]
        position = match.end()
    if position < len(text):
        yield False, text[position:]


def without_code(text: str) -> str:
    """The text with every character of code replaced by a space: places stay the same."""
    return _masked(text, " ")


def change_prose(text: str, change: Callable[[str], str]) -> str:
    """The text with `change` made to every piece that is no code."""
    return "".join(piece if is_code else change(piece) for is_code, piece in split_code(text))


def words_of(text: str) -> list[str]:
    """The words of a text, as they are written."""
    return WORD.findall(text)


def shorten(text: str, most: int) -> str:
    """The text on one line, cut at a word where it is longer than `most` characters."""
    line = " ".join(text[: most * 4].split())
    return line if len(line) <= most else line[:most].rsplit(" ", 1)[0] + "…"


def _masked(text: str, mask: str) -> str:
    if "`" not in text and "://" not in text:
        return text
    return "".join(mask * len(piece) if is_code else piece for is_code, piece in split_code(text))
