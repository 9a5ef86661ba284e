"""Which prompts run together: those of like length, so that little is padding, in an order that only content decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from selfsown_train.typed_prompts import Ids

Item = TypeVar("Item")


def decide_buckets(items: Sequence[Item], read_ids: Callable[[Item], Ids], most_tokens: int) -> Iterator[list[Item]]:
    """Groups of items sorted by (length, ids) whose padded size stays within `most_tokens`; one item always fits.

    The same items in another order fall into the same groups.
    """
    group: list[Item] = []
    for item in sorted(items, key=lambda item: (len(read_ids(item)), read_ids(item))):
        if group and len(read_ids(item)) * (len(group) + 1) > most_tokens:
            yield group
            group = []
        group.append(item)
    if group:
        yield group
