"""Where secrets stand in a text, and a look that is cheap enough for every line of a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from selfsown.secret.kinds import KINDS, SecretKind
from selfsown.secret.placeholder import is_placeholder, looks_random

_TAIL = ".,;:!?)]}"
_CLOSE = b"A" * 5
_CAPITALS_AND_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_QUIET = bytes(sign for sign in range(256) if sign not in _CAPITALS_AND_DIGITS + b"_@")
_MARKED = bytes.maketrans(_CAPITALS_AND_DIGITS, b"A" * 36)
_BETWEEN = b"abcdefghijklmnopqrstuvwxyz-_."


@dataclass(frozen=True, slots=True)
class Secret:
    """One find: its kind, and the text from `start` to `end` of what is secret."""

    kind: str
    start: int
    end: int


def find_secrets(text: str) -> list[Secret]:
    """Every find, in order, none inside another; of finds that overlap, the one that begins first, then the longest.

    Linear in the length of the text.
    """
    lowered = text.lower()
    found = [secret for kind in KINDS if any(hint in lowered for hint in kind.hints) for secret in _find(kind, text)]
    found.sort(key=lambda secret: (secret.start, -secret.end))
    kept: list[Secret] = []
    for secret in found:
        if not kept or secret.start >= kept[-1].end:
            kept.append(secret)
    return kept


def _find(kind: SecretKind, text: str) -> Iterator[Secret]:
    group = "secret" if "secret" in kind.form.groupindex else 0
    for match in kind.form.finditer(text):
        value, start = match[group], match.start(group)
        if kind.is_vague:
            value = value.rstrip(_TAIL)
            if not looks_random(value):
                continue
        if not is_placeholder(value):
            yield Secret(kind.name, start, start + len(value))


def find_sure_secrets(text: str) -> list[Secret]:
    """The finds whose form alone proves them: no password in a sentence, nothing that is only called a key."""
    return [secret for secret in find_secrets(text) if secret.kind not in _vague_kinds()]


def may_hold_secret(texts: Iterable[str]) -> bool:
    """A look in two microseconds: whether `find_sure_secrets` could find anything in the texts, together or alone.

    What looks random has capitals and digits close together in a word, and the forms of small letters alone have an
    underline or an at sign; where there is neither, there is nothing.
    """
    content = "\n".join(texts).encode("utf-8", "replace")
    telling = content.translate(None, _QUIET)
    if not telling:
        return False
    if b"_" in telling or b"@" in telling or _CLOSE in content.translate(_MARKED, _BETWEEN):
        return _any_hint().search(content) is not None
    return False


def without_secrets(text: str) -> str:
    """The text with every secret in it replaced by its kind in brackets."""
    parts, position = [], 0
    for secret in find_secrets(text):
        parts += [text[position : secret.start], f"[{secret.kind}]"]
        position = secret.end
    return "".join([*parts, text[position:]])


@cache
def _vague_kinds() -> frozenset[str]:
    return frozenset(kind.name for kind in KINDS if kind.is_vague)


@cache
def _any_hint() -> re.Pattern[bytes]:
    hints = sorted({hint for kind in KINDS if not kind.is_vague for hint in kind.hints})
    return re.compile(b"|".join(re.escape(hint.encode()) for hint in hints), re.IGNORECASE)
