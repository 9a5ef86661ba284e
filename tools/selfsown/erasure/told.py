"""What is said of a withdrawal: on its pull request, and to whoever asked for it. Ids and counts, never a text."""

from __future__ import annotations

from collections import Counter

from selfsown.erasure.decide import Erasure

_MOST_IDS = 200
_KINDS = {"c": "conversation", "w": "rework", "r": "rating"}

HISTORY = (
    "the text is still in the history of the repository, in clones and forks, on the pull request that brought it, "
    "and in mirrors; docs/erasure.md says how each of them is cleaned, and what cannot be reached"
)


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
