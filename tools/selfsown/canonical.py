"""The one canonical form of a record: UTF-8, sorted keys, no spaces, NFC text, one line feed.

On string values this equals RFC 8785 (JCS), so any implementation of it reproduces our ids.
"""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

import orjson


def canonical_bytes(value: Any) -> bytes:
    """`value` as canonical JSON without the line feed. Text is not normalised here: see `nfc`."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def canonical_line(value: Any) -> bytes:
    """`value` as one line of a shard."""
    return canonical_bytes(value) + b"\n"


def content_id(prefix: str, value: Any) -> str:
    """`<prefix>-<first 32 hex digits of sha256(canonical value)>`: the same content has the same id everywhere."""
    return f"{prefix}-{hashlib.sha256(canonical_bytes(value)).hexdigest()[:32]}"


def nfc(text: str) -> str:
    """`text` in Unicode normal form C. Guard its length and its runs of combining marks first: NFC is quadratic."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)
