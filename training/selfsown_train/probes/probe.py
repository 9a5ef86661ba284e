"""A probe: a request whose answer code can check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from selfsown.conversation import Turn


@dataclass(frozen=True, slots=True)
class Probe:
    """What is asked, and whether an answer solves it."""

    request: str
    is_solved: Callable[[str], bool]

    @property
    def prompt(self) -> tuple[Turn, ...]:
        """The conversation up to where the assistant speaks."""
        return (Turn("user", self.request),)
