"""What one signal says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing seen: the criterion it speaks about, the factor on its probability of yes, and the words for it.

    `spoils` is a factor on every criterion: an answer that says nothing is not fair or honest either, it is nothing.
    """

    criterion: str
    factor: float
    words: str
    spoils: float = 1.0
