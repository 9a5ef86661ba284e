"""Tombstones: that a record was withdrawn, why and when; never its content.

A tombstone may carry a sketch of what it removed (`selfsown.nearness.sketch`), so that a copy with other words or turns
around it is known, too. What such a sketch tells and what not: docs/decisions/0011-a-tombstone-keeps-a-sketch.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb

import orjson

from selfsown.canonical import canonical_line
from selfsown.conversation import Turn
from selfsown.nearness import LEAST_SKETCHED, sketch_numbers

REASONS = ("request", "personal-data", "licence", "quality", "other")

FindNear = Callable[[Iterable[Turn]], str | None]

_NUMBERS = 1 << 16  # that a sketch can have
# That a text which has nothing to do with a tombstone fits it all the same, at most. The longer the text and the shorter
# the sketch, the more of it has to fit.
_CHANCE = 1e-5
_MOST_NAMED = 256  # tombstones with one number that are looked at: a bound on the time, far above what chance brings


@dataclass(frozen=True, slots=True)
class Tombstone:
    """`date` is the day, UTC; `sketch` is empty where only the very same record is to be known."""

    id: str
    reason: str
    date: str
    sketch: tuple[int, ...] = ()

    @property
    def path(self) -> str:
        """Where it stands in the repository."""
        return f"corpus/withdrawn/{self.date[:7]}/{self.id}.json"

    def render(self) -> bytes:
        """The file."""
        record = {"id": self.id, "reason": self.reason, "date": self.date}
        return canonical_line({**record, "sketch": list(self.sketch)} if self.sketch else record)


def read_sketch(content: bytes) -> tuple[int, ...]:
    """The sketch in the bytes of a tombstone; none where there is none, or where the file is not in order."""
    try:
        found = orjson.loads(content).get("sketch", ())
    except (orjson.JSONDecodeError, AttributeError):
        return ()
    is_sketch = isinstance(found, list) and all(type(number) is int for number in found)
    return tuple(found) if is_sketch else ()


def near_finder(sketches: Mapping[str, Sequence[int]]) -> FindNear:
    """A function from turns to the id of the tombstone that they fit best, or None. Made once for many texts."""
    whole = {name: frozenset(numbers) for name, numbers in sketches.items() if numbers}
    by_number: dict[int, list[str]] = defaultdict(list)
    for name, numbers in sorted(whole.items()):
        for number in numbers:
            if len(by_number[number]) < _MOST_NAMED:
                by_number[number].append(name)

    def find(turns: Iterable[Turn]) -> str | None:
        numbers = sketch_numbers(turns)
        shared = Counter(name for number in numbers & by_number.keys() for name in by_number[number])
        near = ((fit / len(whole[name]), name) for name, fit in shared.items() if _fits(fit, whole[name], len(numbers)))
        return max(near, default=(0.0, None))[1]

    return find if whole else nothing_near


def _fits(shared: int, sketched: frozenset[int], numbers: int) -> bool:
    """Whether so many shared numbers are most of the sketch, and more than chance brings to a text of that length."""
    size = len(sketched)
    return shared >= LEAST_SKETCHED * size and comb(size, shared) * (numbers / _NUMBERS) ** shared <= _CHANCE


def nothing_near(turns: Iterable[Turn]) -> str | None:
    """What `near_finder` makes of no sketches."""
    del turns
    return None
