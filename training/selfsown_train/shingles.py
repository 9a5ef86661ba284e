"""Runs of four words, as numbers: what two texts have in common when most of one stands in the other.

Exact and the same on every machine (CRC-32 of the words), so a round that rests on it can be made again. Two different
runs have the same number once in four thousand million: too seldom to matter to a share. No numpy: the job that sees
whether a round is due, and the one that may write, install as little as they can.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate
from zlib import crc32

from selfsown.conversation import Turn

RUN = 4

_WORD = re.compile(r"\w+")


def shingles(turns: Iterable[Turn]) -> frozenset[int]:
    """The runs of four words over all turns, whatever their case and punctuation; a shorter text is one run."""
    words = [word.encode() for word in _WORD.findall(" ".join(turn.content for turn in turns).casefold())]
    text = b" ".join(words)
    if len(words) <= RUN:
        return frozenset((crc32(text),))
    ends = list(accumulate(len(word) + 1 for word in words))
    starts = [0, *ends]
    return frozenset([crc32(text[start : end - 1]) for start, end in zip(starts, ends[RUN - 1 :], strict=False)])
