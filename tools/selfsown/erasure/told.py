"""What is said of a withdrawal: on its pull request, and to whoever asked for it. Ids and counts, never a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import orjson

from selfsown.erasure.decide import Erasure
from selfsown.erasure.find import Found

_MOST_IDS = 200
_KINDS = {"c": "conversation", "w": "rework", "r": "rating"}

HISTORY = (
    "the text is still in the history of the repository, in clones and forks, on the pull request that brought it, "
    "and in mirrors; docs/erasure.md says how each of them is cleaned, and what cannot be reached"
)


class Use(Protocol):
    """A round that took, or may have taken, some of the records; the training half finds them."""

    @property
    def round(self) -> int:
        """Its number."""

    @property
    def is_live(self) -> bool:
        """Whether people talk to it now."""

    @property
    def is_sure(self) -> bool:
        """Whether it is known, and not only possible."""

    @property
    def roles(self) -> Mapping[str, tuple[str, ...]]:
        """How they were used, and which."""

    @property
    def models(self) -> tuple[tuple[str, str], ...]:
        """What was trained, and its digest."""

    @property
    def registry(self) -> Mapping[str, str]:
        """Where that was pushed: place to commit."""

    def to_json(self) -> dict[str, Any]:
        """For machines."""


def render_use(use: Use) -> str:
    """A round in a line: how it used the records, what came of it, and where that lies."""
    roles = "; ".join(f"{role} {len(names)}" if names else role for role, names in use.roles.items())
    said = f"used ({roles})" if use.is_sure else "may have used them: its commit is not here, or reads otherwise by now"
    models = ", ".join(f"{what} {digest}" for what, digest in use.models) or "only measured with it, nothing learned"
    pushed = (
        f"; pushed to {', '.join(f'{place}@{commit}' for place, commit in use.registry.items())}"
        if use.registry
        else ""
    )
    return f"round {use.round:04d}{' (live)' if use.is_live else ''} {said}: {models}{pushed}"


def render_json(
    found: Found,
    branches: Sequence[tuple[Erasure, int | None]],
    kept: int,
    uses: Sequence[Use],
    *,
    is_plan: bool,
) -> str:
    """The whole withdrawal for machines."""
    record = {
        "format": 1,
        "is_plan": is_plan,
        "records": dict(sorted(found.records.items())),
        "conversations": sorted(found.conversations),
        "copies": sorted(found.copies),
        "branches": [
            {
                "branch": erasure.branch,
                "records": erasure.records,
                "moved": erasure.moved,
                "pull": pull,
                "removed": list(erasure.removed),
            }
            for erasure, pull in branches
        ],
        "outbox": kept,
        "rounds": [use.to_json() for use in uses],
    }
    return orjson.dumps(record).decode()


def count(number: int, noun: str) -> str:
    """`3 conversations`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def count_kinds(names: set[str] | frozenset[str]) -> str:
    """`2 conversations, 1 rating`, by the first letter of ids."""
    kinds = Counter(name[0] for name in names)
    return ", ".join(count(kinds[letter], noun) for letter, noun in _KINDS.items() if kinds[letter]) or "no record"


def render_words(erasure: Erasure, reason: str) -> str:
    """The body of the pull request."""
    names = [stone.id for stone in erasure.tombstones]
    shown = [f"- `{name}`" for name in names[:_MOST_IDS]]
    left = [f"- and {len(names) - _MOST_IDS:,} more"] if len(names) > _MOST_IDS else []
    body = [
        f"Takes {count(erasure.records, 'record')} out of {count(len(erasure.removed), 'shard')} (reason: {reason}). "
        f"{count(erasure.moved, 'other record')} of these shards "
        f"{'stands' if erasure.moved == 1 else 'stand'} in new ones, byte for byte.",
        "Before you merge: may whoever asks for this ask for it? Compare the contributor of the records, which the review "
        "names, with who opened this.",
        f"Once it is merged, no export and no training takes them, and the rules refuse them and near copies of them. "
        f"Of what lies outside of the tree: {HISTORY}.",
        "\n".join(["Withdrawn:", "", *shown, *left]) if names else "Their tombstones are in the corpus already.",
    ]
    return "\n\n".join(body) + "\n"
