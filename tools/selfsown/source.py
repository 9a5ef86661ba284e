"""Where conversations come from: `corpus/sources/<id>.toml` as a record."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selfsown.settings import load_record, load_toml

SOURCE_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Source:
    """Licence (SPDX), origin, contact and the basis of consent of everything that names this source."""

    id: str
    title: str
    license: str
    origin: str
    contact: str
    consent: str


def load_source(text: str, place: str) -> Source:
    """Read a source file. Raises BadConfig on unknown or missing keys."""
    return load_record(Source, load_toml(text, place), place)
