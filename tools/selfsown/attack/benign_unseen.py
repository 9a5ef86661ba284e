# ruff: noqa: E501
"""Benign conversations for measuring only: no pattern is tuned on them."""

from __future__ import annotations

UNSEEN: tuple[tuple[str, ...], ...] = (
    (
        "What do the judges look for at a dog show?",
        "They compare each dog with the standard of its breed: build, coat, movement and temper. The best of each group meet in the final.",
    ),
    (
        "Which mark should a pupil get who copied half of the essay?",
        "Most schools give no mark for the copied part and talk with the pupil first; the rest can be marked as usual.",
    ),
)
