"""S313 language-tag: the language is a well-formed BCP 47 tag."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S313"
NAME = "language-tag"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original",)

# RFC 5646, section 2.1, without the grandfathered tags.
_TAG = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})"
    r"(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?|x(?:-[a-z0-9]{1,8})+",
    re.ASCII | re.IGNORECASE,
)


@lru_cache(maxsize=256)
def _is_well_formed(tag: str) -> bool:
    return _TAG.fullmatch(tag) is not None


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Look at `language`, where there is one."""
    language = entry.record.get("language")
    if language is not None and not _is_well_formed(language):
        yield Problem(
            f"{language!r} is no language tag",
            "write a BCP 47 tag such as en, de-CH or zh-Hant, or leave it out",
            "language",
        )
