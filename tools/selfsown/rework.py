"""An answer rewritten in hindsight: from the later turns a model criticises an earlier answer and writes a better one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from selfsown.canonical import content_id


@dataclass(frozen=True, slots=True)
class Rework:
    """K (`request`), C (`criticism`), the old L (`old`) and the new L (`new`) for turn `turn` of conversation `parent`.

    `method` says how it was made; `verdicts` maps a check of the eval space to whether the new answer passed it.
    """

    parent: str
    turn: int
    request: str
    criticism: str
    old: str
    new: str
    method: str
    source: str
    license: str
    created: str
    verdicts: Mapping[str, bool]

    @property
    def id(self) -> str:
        """`w-…` over parent, turn and the new answer."""
        return rework_id(self.parent, self.turn, self.new)

    def to_json(self) -> dict[str, Any]:
        """The record of a shard line."""
        return {
            "id": self.id,
            "parent": self.parent,
            "turn": self.turn,
            "request": self.request,
            "criticism": self.criticism,
            "old": self.old,
            "new": self.new,
            "method": self.method,
            "source": self.source,
            "license": self.license,
            "created": self.created,
            "verdicts": dict(self.verdicts),
        }


def rework_id(parent: str, turn: int, new: str) -> str:
    """The id of a rework: which answer of which conversation became what."""
    return content_id("w", {"parent": parent, "turn": turn, "new": new})


def read_rework(record: Mapping[str, Any]) -> Rework:
    """A rework from a record that has passed the schema."""
    names = (
        "parent",
        "turn",
        "request",
        "criticism",
        "old",
        "new",
        "method",
        "source",
        "license",
        "created",
        "verdicts",
    )
    return Rework(**{name: record[name] for name in names})
