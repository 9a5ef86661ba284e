"""Code points that hide, steer or cost: the classes that the text rules look for, as compiled patterns.

The classes that depend on the Unicode tables are built when the first text that is not ASCII is seen: that takes some
20 ms, which a corpus of plain English never pays.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Pictographs and what may follow them: where a joiner or a variation selector belongs.
_PICTURES = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
# Arabic, Syriac, Indic, Tibetan, Myanmar, Khmer, Mongolian: scripts that are spelled with joiners.
_JOINING = (
    "\u0600-\u06ff\u0700-\u074f\u0750-\u077f\u08a0-\u08ff\u0900-\u0dff\u0f00-\u0fff\u1000-\u109f\u1780-\u18af"
    "\ufb50-\ufdff\ufe70-\ufefc"
)
_INVISIBLE = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
)
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_TAGS = "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
_BIDI_MARKS = "\u061c\u200e\u200f"
_BIDI_CONTROLS = "\u202a-\u202e\u2066-\u2069"
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17)
)
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ue000-\uf8ff\U000f0000-\U0010fffd" + _NONCHARACTERS

# The flags of England, Scotland and Wales are the only tag sequences that Unicode recommends.
_FLAGS = "\U0001f3f4(?:{})\U000e007f".format(
    "|".join("".join(chr(0xE0000 + ord(letter)) for letter in name) for name in ("gbeng", "gbsct", "gbwls"))
)

HIDDEN = re.compile(
    f"(?P<flag>{_FLAGS})"
    f"|[{_INVISIBLE}{_TAGS}]"
    f"|\u00ad{{2,}}"
    f"|[{_SELECTORS}]{{2,}}|(?<![^\\x00-\\x7f]|[#*0-9])[{_SELECTORS}]"
    f"|(?<![{_JOINING}{_PICTURES}\ufe0f])\u200d|(?<![{_JOINING}])\u200d(?![{_PICTURES}])"
    f"|(?<![{_JOINING}])\u200c"
)
BIDI_CONTROLS = re.compile(f"[{_BIDI_CONTROLS}]")
BIDI_MARKS = re.compile(f"[{_BIDI_MARKS}]")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
CONTROLS = re.compile(f"[{_CONTROLS}]")
# In canonical JSON a control character is one of these escapes; a backslash in the text looks the same to a quick look.
_ASCII = bytes(range(0x80))
_CONTROL_ESCAPES = re.compile(rb"\\[bfru]")


@cache
def combining_marks() -> str:
    """The inside of a character class: code points that normalisation may reorder."""
    return _as_class([code for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code))])


@cache
def unassigned() -> re.Pattern[str]:
    """Code points that the Unicode tables of this Python do not know (noncharacters excepted)."""
    return re.compile(f"(?![{_NONCHARACTERS}])[{_unassigned_class()}]")


@cache
def mark_runs(most: int) -> re.Pattern[str]:
    """More than `most` combining marks in a row."""
    return re.compile(f"[{combining_marks()}]{{{most + 1},}}")


@cache
def suspects() -> re.Pattern[str]:
    """Any code point that one of the rules on hidden, steering or costly characters could object to."""
    return re.compile(
        f"[{_INVISIBLE}{_SELECTORS}{_TAGS}{_BIDI_MARKS}{_BIDI_CONTROLS}{_CONTROLS}\u00ad\u200c\u200d"
        f"{combining_marks()}{_unassigned_class()}]"
    )


def is_unremarkable(line: bytes) -> bool:
    """Whether a canonical line holds nothing that a rule on characters could object to: one pass, no loop."""
    # Two searches for one byte each cost a tenth of one search for a class of bytes.
    if b"\x7f" in line or (b"\\" in line and _CONTROL_ESCAPES.search(line)):
        return False
    if line.isascii():
        return True
    # What is left may have lost its neighbours: that can raise a suspicion, never hide one, because nothing but a
    # combining mark, a suspect itself, composes with an ASCII letter.
    text = line.translate(None, _ASCII).decode("utf-8")
    return suspects().search(text) is None and unicodedata.is_normalized("NFC", text)


def name_of(character: str) -> str:
    """`U+200B ZERO WIDTH SPACE`."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


@cache
def _unassigned_class() -> str:
    known_planes = (range(0x80, 0x323B0), range(0xE0000, 0xE0200))
    codes = [code for plane in known_planes for code in plane if unicodedata.category(chr(code)) == "Cn"]
    return _as_class(codes) + "\U000323b0-\U000dffff\U000e0200-\U000effff"


def _as_class(codes: list[int]) -> str:
    ranges: list[tuple[int, int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
