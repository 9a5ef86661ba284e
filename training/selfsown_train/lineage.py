"""Lineage: a conversation, what supersedes it and what reworks it stand on the same side of the split for ever.

The side is a hash of the first ancestor's id and of nothing else, so it depends on no other conversation and no round.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from selfsown.conversation import Conversation

_SPLIT_SALT = "selfsown-split-1"


def is_held_out(root: str, share: float) -> bool:
    """Whether the lineage of this root is held out; a pure function of the id."""
    return int(hashlib.sha256(f"{_SPLIT_SALT}:{root}".encode()).hexdigest()[:8], 16) / 2**32 < share


def lineage_roots(conversations: Mapping[str, Conversation]) -> dict[str, str]:
    """Every id's first ancestor through `supersedes`, in one pass; all of a cycle have its smallest id."""
    roots: dict[str, str] = {}
    for name in conversations:
        path: dict[str, None] = {}
        here: str | None = name
        while here and here not in roots and here not in path:
            path[here] = None
            entry = conversations.get(here)
            here = entry.supersedes if entry else None
        if here in roots:
            root = roots[here]
        elif here in path:
            names = list(path)
            root = min(names[names.index(here) :])
        else:
            root = list(path)[-1]
        roots.update(dict.fromkeys(path, root))
    return roots


def open_split(conversations: Mapping[str, Conversation], share: float) -> Callable[[str], bool]:
    """A function from an id to whether its lineage is held out; an unknown id is its own root."""
    roots = lineage_roots(conversations)
    return lambda name: is_held_out(roots.get(name, name), share)
