"""What a text says when it is read as a disguise is meant to be read: decoded, unmasked, put together.

Each reading is made only where something hints at it, so an ordinary text costs a few searches. One level deep: what is
encoded twice stays hidden, and nothing in it reaches a rater who decodes nothing.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from selfsown import characters
from selfsown.judge.lexicon import BACKWARDS, ROT13

_MOST = 20_000  # characters of one text that are decoded
_RUN = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,6}")
_LEET_WORD = re.compile(r"\b(?=\w*[A-Za-z])(?=\w*[013457])\w{3,}\b")
_LEET = str.maketrans("013457", "oieast")
_SPACED = re.compile(r"(?:\b\w ){7,}\w\b")
_SOFT = re.compile(r"(?:\w\u00ad){3}")
_TAGS = re.compile("[\U000e0020-\U000e007e]{4,}")
_MIXED = re.compile(
    r"\b(?:(?=\w*[A-Za-z])(?=\w*[\u0400-\u04ff])|(?=\w*[A-Za-z]{2})(?=\w*[ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορυχ]))\w{3,}\b"
)
_TWINS = str.maketrans(
    "асеорхуіјѕԁһԛԝАСЕОРХВНКМТІЈЅαοινρυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aceopxyijsdhqwACEOPXBHKMTIJSaoivpuxABEZHIKMNOPTYX",
)


def has_hidden(text: str) -> bool:
    """Whether a text holds characters that nobody sees; joiners of emoji and of scripts that need them are none."""
    if text.isascii():
        return False
    if any(match["flag"] is None for match in characters.HIDDEN.finditer(text)):
        return True
    if characters.BIDI_CONTROLS.search(text) or _SOFT.search(text):
        return True
    return bool(characters.BIDI_MARKS.search(text)) and not characters.RIGHT_TO_LEFT.search(text)


def mixes_alphabets(text: str) -> bool:
    """Whether at least two words take letters from two alphabets."""
    return not text.isascii() and sum(1 for _ in _MIXED.finditer(text)) > 1


def readings(text: str, words: frozenset[str]) -> Iterator[str]:
    """The other ways to read a text, none where it hides nothing. `words` are its own, in lower case."""
    text = text[:_MOST]
    if not text.isascii():
        yield from _unmasked(text)
    if "&#" in text:
        yield html.unescape(text)
    if "%20" in text:
        yield unquote(text)
    if not words.isdisjoint(BACKWARDS):
        yield text[::-1]
    if not words.isdisjoint(ROT13):
        yield codecs.decode(text, "rot13")
    if _SPACED.search(text):
        yield _SPACED.sub(lambda match: match[0].replace(" ", ""), re.sub(r"(?<=\w) {2,}(?=\w)", "\n", text))
    if sum(len(word) > 2 and not word.isalpha() and not word.isdigit() for word in words) > 2:
        yield _LEET_WORD.sub(lambda match: match[0].translate(_LEET), text)
    yield from _decoded(text)


def _unmasked(text: str) -> Iterator[str]:
    """Without what is invisible, with look-alike letters replaced, with tag characters as letters."""
    for tags in _TAGS.findall(text):
        yield "".join(chr(ord(letter) - 0xE0000) for letter in tags)
    composed = unicodedata.normalize("NFKC", text)
    plain = "".join(letter for letter in composed if letter.isascii() or unicodedata.category(letter) != "Cf")
    plain = _MIXED.sub(lambda match: match[0].translate(_TWINS), plain) if _MIXED.search(plain) else plain
    if plain != text:
        yield plain


def _decoded(text: str) -> Iterator[str]:
    for run in _RUN.findall(text):
        for decode in (_from_hex, _from_base64, _from_base32):
            found = decode(run)
            if found is not None:
                yield found
                break


def _from_hex(run: str) -> str | None:
    try:
        return _readable(bytes.fromhex(run))
    except ValueError:
        return None


def _from_base64(run: str) -> str | None:
    bare = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _readable(base64.b64decode(bare + "=" * (-len(bare) % 4)))
    except (binascii.Error, ValueError):
        return None


def _from_base32(run: str) -> str | None:
    bare = run.rstrip("=").upper()
    try:
        return _readable(base64.b32decode(bare + "=" * (-len(bare) % 8)))
    except (binascii.Error, ValueError):
        return None


def _readable(found: bytes) -> str | None:
    try:
        text = found.decode()
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() or "\n" in text else None
