"""How long work says where it is, without printing: the command line hands in a function."""

from __future__ import annotations

from typing import Protocol


class Report(Protocol):
    """Called as work goes on."""

    def __call__(self, stage: str, done: int, total: int, note: str = "") -> None:
        """`done` of `total` steps of `stage` are behind us."""


def silent(stage: str, done: int, total: int, note: str = "") -> None:
    """A Report that says nothing."""
