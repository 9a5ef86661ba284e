"""What a rule found: a problem of the contribution, never of the tool."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """An error blocks; a warning is for the reviewer's eyes."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Location:
    """Where: `path` in the repository, `line` from 1 (None: the whole file), `field` such as `messages[1].content`."""

    path: str
    line: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return place if self.field is None else f"{place}: {self.field}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: the number and name of its rule, where it is, what is wrong and what to do (`tip`)."""

    number: str
    name: str
    level: Level
    location: Location
    message: str
    tip: str

    def to_json(self) -> dict[str, Any]:
        """The finding for machines; the same keys in every output format."""
        return asdict(self)
