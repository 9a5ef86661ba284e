"""How differently a model words its answers: a model that collapses says the same to everybody.

Three measures, after Shaib et al. 2024 (arXiv 2403.00553): distinct n-grams, n-grams that other answers have too, and how
well the answers compress. Each is one sum over answers divided by another, so that a bootstrap can draw answers: what an
answer adds is worked out once, beside all others. All three depend on length (arXiv 2507.15092): give both
models' answers the lengths of `shared_lengths`, so that both are measured over as many words.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from selfsown.evaluation.intervals import Rows

GRAM = 4

Counts = npt.NDArray[np.float64]

# A sign of a script without spaces is a word of its own.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+|[^\w\s]")
_START, _END = "\n<", "\n>"  # no word holds a line break
_DICTIONARY = 32_768  # bytes that zlib looks back


@dataclass(frozen=True, slots=True, eq=False)
class Diversity:
    """What each answer adds. All arrays have one entry per answer.

    grams: its 4-grams, its beginning among them; distinct: how many of those it alone accounts for (one that stands n
    times in all answers counts 1/n each time); repeated: how many stand in another answer too; size and packed: its bytes, and
    its compressed bytes when all other answers are known; words: its words.
    """

    grams: Counts
    distinct: Counts
    repeated: Counts
    size: Counts
    packed: Counts
    words: Counts

    def __len__(self) -> int:
        return len(self.grams)

    def distinct_share(self, rows: Rows | None = None) -> float:
        """Distinct 4-grams over all 4-grams, of the answers at some rows (distinct-n: Li et al. 2016, arXiv 1510.03055)."""
        return _ratio(self.distinct, self.grams, rows)

    def repeated_share(self, rows: Rows | None = None) -> float:
        """The share of 4-grams that another answer has too."""
        return _ratio(self.repeated, self.grams, rows)

    def packed_share(self, rows: Rows | None = None) -> float:
        """Compressed over plain bytes, of answers beside all others; the less, the more they repeat each other."""
        return _ratio(self.packed, self.size, rows)


def measure_diversity(answers: Sequence[str], lengths: Sequence[int] | None = None) -> Diversity:
    """The diversity of answers to different requests, each by its first `lengths` words (all of them by default)."""
    words = [words_of(answer) for answer in answers]
    kept = words if lengths is None else [one[:most] for one, most in zip(words, lengths, strict=True)]
    grams = [_grams(one) for one in kept]
    tokens = Counter(gram for one in grams for gram in one)
    holders = Counter(gram for one in grams for gram in set(one))
    texts = [" ".join(one).encode() for one in kept]
    return Diversity(
        grams=_array(len(one) for one in grams),
        distinct=_array(sum(1 / tokens[gram] for gram in one) for one in grams),
        repeated=_array(sum(holders[gram] > 1 for gram in one) for one in grams),
        size=_array(len(text) for text in texts),
        packed=_array(_packed(texts, number) for number in range(len(texts))),
        words=_array(len(one) for one in kept),
    )


def shared_lengths(new: Sequence[str], old: Sequence[str]) -> list[int]:
    """For each request the number of words of the shorter of two models' answers, and no fewer than GRAM.

    Beside a model that says nothing, or next to nothing, the other still has something to be measured by.
    """
    pairs = zip(new, old, strict=True)
    return [max(GRAM, min(len(words_of(one)), len(words_of(other)))) for one, other in pairs]


def words_of(text: str) -> list[str]:
    """Words and signs in lower case; case and spaces make no difference to what is said."""
    return _WORD.findall(text.casefold())


def _grams(words: Sequence[str]) -> list[tuple[str, ...]]:
    """With what leads up to the first word: answers that begin alike resemble each other. To say nothing is a wording too."""
    padded = [*[_START] * (GRAM - 1), *(words or [_END])]
    return list(zip(*(padded[at:] for at in range(GRAM)), strict=False))


def _packed(texts: Sequence[bytes], number: int) -> int:
    others = b"\n".join([*texts[:number], *texts[number + 1 :]])[-_DICTIONARY:]
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS, zdict=others)
    return len(packer.compress(texts[number]) + packer.flush())


def _array(values: Iterable[float]) -> Counts:
    return np.array(list(values), dtype=np.float64)


def _ratio(parts: Counts, wholes: Counts, rows: Rows | None) -> float:
    drawn = slice(None) if rows is None else rows
    whole = float(wholes[drawn].sum())
    return float(parts[drawn].sum()) / whole if whole else float("nan")
