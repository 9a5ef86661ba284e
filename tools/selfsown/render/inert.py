"""Hostile text made visible: whatever could act on a terminal, a log or a reader's eyes is shown as `\\u{XXXX}`.

Escaped are control, format (bidi, zero-width), surrogate, private-use and unassigned code points, line and paragraph
separators, and the marks and letters that have no glyph of their own. Letters, signs and plain spaces stay.
Not covered here: Markdown and HTML. The result still has to be put where its characters mean nothing; `quotable` is
what Markdown code on GitHub holds without fail.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_ESCAPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Default-ignorable code points whose category (Mn, Lo) says nothing of it.
_NO_GLYPH = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_COMMON = 0x3000
ELLIPSIS = "…"

# GitHub's parser takes no code span of more than 80 backticks, and of a fence it counts no more than 255 (cmark-gfm,
# inlines.c and blocks.c): beyond that a longer delimiter keeps nothing in. Nobody writes runs of more than a few.
_LONG_RUN = re.compile("`{17,}")
_OUR_MARKER = re.compile(r"<!--(?=\s*selfsown)", re.IGNORECASE)


def visible(text: str, most: int, *, keep: str = "") -> str:
    """`text` with everything that hides or acts escaped, at most `most` characters long (a cut ends in an ellipsis).

    `keep` names control characters that stay as they are, such as a line feed and a tab. Time is bounded by `most`,
    whatever the length of the text.
    """
    head = text[: most + 1]
    is_plain = head.isascii() and head.isprintable()
    shown = head if is_plain else head.translate(_escapes(keep))
    return shown if len(shown) <= most else shown[: max(most - 1, 0)] + ELLIPSIS[:most]


def quotable(text: str) -> str:
    """`text` as Markdown code can hold it: a long run of backticks is counted, and the marker of a comment of ours broken.

    Our comments are found again by hidden markers; nothing that is quoted in one can pose as a marker.
    """
    short = _LONG_RUN.sub(lambda run: f"\\u{{0060}}×{len(run[0])}", text)
    return _OUR_MARKER.sub(r"\\u{003C}!--", short)


class _Escapes(dict[int, str]):
    """A table for `str.translate` that is filled as characters come; of the many scripts it remembers the common ones."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        is_hidden = unicodedata.category(character) in _ESCAPED_CATEGORIES or _NO_GLYPH.match(character)
        shown = f"\\u{{{code:04X}}}" if is_hidden else character
        if code < _COMMON:
            self[code] = shown
        return shown


@cache
def _escapes(keep: str) -> _Escapes:
    return _Escapes({ord(character): character for character in keep})
