"""The formats that `selfsown import` reads: one module each, gathered here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from selfsown.formats import alpaca, messages, oasst, openai, sharegpt
from selfsown.formats.draft import Format

# In the order of asking: openai before messages, because everything openai is messages too.
FORMATS: Mapping[str, Format] = {
    "sharegpt": sharegpt,
    "alpaca": alpaca,
    "oasst": oasst,
    "openai": openai,
    "messages": messages,
}


def detect_format(entry: Mapping[str, Any]) -> str | None:
    """The format that an entry looks like, or None."""
    return next((name for name, form in FORMATS.items() if form.matches(entry)), None)
