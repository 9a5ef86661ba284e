# ruff: noqa: RUF001
"""Families that carry the words of the plain ones in a disguise: encoded, invisible, look-alike letters, in pieces."""

from __future__ import annotations

import base64
import codecs
import html
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from selfsown.attack.family import Turns
from selfsown.attack.places import add
from selfsown.attack.wording import Wording

PLAIN = ("request", "authority", "ignore", "anchoring")  # whose words are disguised

_LEET = str.maketrans("aeiostAEIOST", "43105743105" + "7")
_CYRILLIC = str.maketrans("aceopxyiACEOPXBHKMT", "асеорхуіАСЕОРХВНКМТ")
_GREEK = str.maketrans("aoivAEHIKMNOPTXYZB", "αοινΑΕΗΙΚΜΝΟΡΤΧΥΖΒ")
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_BOLD = {ord("A") + n: 0x1D400 + n for n in range(26)} | {ord("a") + n: 0x1D41A + n for n in range(26)}
_CIRCLED = {ord("A") + n: 0x24B6 + n for n in range(26)} | {ord("a") + n: 0x24D0 + n for n in range(26)}
_LEADS = ("", "", "Decode this: ", "Ref: ", "Signature ")


def payload(wording: Wording) -> str:
    """The words that are disguised."""
    return wording.choose(wording.pick(PLAIN))


def encoded(turns: Turns, wording: Wording) -> Turns:
    """Base64, base32, hex, rot13, leetspeak, backwards, percent signs, entities, spaced letters."""
    return add(turns, wording.pick(_LEADS) + wording.pick(_ENCODERS)(payload(wording)), wording)


def hidden(turns: Turns, wording: Wording) -> Turns:
    """Zero-width characters between the letters, tag characters, a text turned round by bidi controls."""
    return add(turns, wording.pick(_HIDERS)(payload(wording)), wording)


def homoglyphs(turns: Turns, wording: Wording) -> Turns:
    """Letters of other alphabets, or of the mathematical and full-width blocks, that look the same."""
    return add(turns, payload(wording).translate(wording.pick(_LOOKALIKES)), wording)


def split(turns: Turns, wording: Wording) -> Turns:
    """In pieces, each at the end of a turn, in order; where there are too few turns, several pieces in one."""
    pieces = wording.choose_pieces()
    places = [index for index, turn in enumerate(turns) if turn.role != "system"] or list(range(len(turns)))
    if not places:
        return turns
    chosen = sorted(wording.pick(places) for _ in pieces) if len(places) < len(pieces) else places[-len(pieces) :]
    contents = [turn.content for turn in turns]
    for index, piece in zip(chosen, pieces, strict=True):
        contents[index] = f"{contents[index].rstrip()} {piece}"
    return tuple(replace(turn, content=text) for turn, text in zip(turns, contents, strict=True))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _tags(text: str) -> str:
    return "".join(chr(0xE0000 + ord(letter)) for letter in text if " " <= letter <= "~")


def _selectors(text: str) -> str:
    """Bytes as variation selectors behind one letter."""
    return "a" + "".join(chr(0xFE00 + byte if byte < 16 else 0xE0100 + byte - 16) for byte in text.encode())


_ENCODERS: list[Callable[[str], str]] = [
    _base64,
    lambda text: text.encode().hex(),
    lambda text: codecs.encode(text, "rot13"),
    lambda text: text.translate(_LEET),
    lambda text: text[::-1],
    lambda text: quote(text, safe=""),
    lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    lambda text: html.escape(" ".join(text)),
    lambda text: base64.b32encode(text.encode()).decode(),
]
_HIDERS: list[Callable[[str], str]] = [
    "\u200b".join,
    _tags,
    lambda text: f"\u202e{text[::-1]}\u202c",
    lambda text: f"\ufeff{text}\u2060",
    "\u00ad".join,
    "\u2063".join,
    _selectors,
]
_LOOKALIKES: list[dict[int, int]] = [_CYRILLIC, _WIDE, _BOLD, _GREEK, _CIRCLED]
