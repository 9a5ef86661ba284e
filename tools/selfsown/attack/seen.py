"""Wordings that may be used in training and for tuning patterns. `unseen.py` holds others, for measuring only."""

from __future__ import annotations

from collections.abc import Mapping

from selfsown.attack import seen_first, seen_second


def _joined(
    first: Mapping[str, tuple[str, ...]], second: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    return {name: (*words, *second[name]) for name, words in first.items()}


SLOTS: Mapping[str, tuple[str, ...]] = _joined(seen_first.SLOTS, seen_second.SLOTS)
WORDS: Mapping[str, tuple[str, ...]] = _joined(seen_first.WORDS, seen_second.WORDS)
SPLITS: tuple[tuple[str, ...], ...] = (*seen_first.SPLITS, *seen_second.SPLITS)
